import {
  execute,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
  parse,
} from 'graphql';
import type { GraphQLInputType } from 'graphql';
import { contextOf, schema, someone } from '../../../test/support/ask-schema.js';
import { DEFAULT_LIMITS } from './limits.js';
import { refuseOperation } from './refuse-operation.js';

// No value of a variable occupies a process: tests each value that has cost a server more than reading it, in each
// place of the schema that takes a value.

const LENGTH = 80_000;
const nested = (levels: number, open: string, close: string): unknown =>
  JSON.parse(open.repeat(levels) + close.repeat(levels));
const keys = (count: number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, index]));

const VALUES: Readonly<Record<string, unknown>> = {
  // Canonical order is found by inserting each into those before it.
  'marks in the wrong order': `a${'\u0315'.repeat(LENGTH / 2)}${'\u0316'.repeat(LENGTH / 2)}`,
  'marks in the wrong order, in turn': 'a\u0315\u0316'.repeat(LENGTH / 3),
  'parts of syllables': '\u1112\u1161\u11ab'.repeat(LENGTH / 3),
  letters: 'a'.repeat(LENGTH),
  digits: '1'.repeat(LENGTH),
  'a number as text': `1e${'9'.repeat(LENGTH)}`,
  spaces: ' '.repeat(LENGTH),
  'spaces with a letter in the middle': `${' '.repeat(LENGTH / 2)}x${' '.repeat(LENGTH / 2)}`,
  'line breaks': '\n'.repeat(LENGTH),
  'nothing that shows': '\u200b'.repeat(LENGTH),
  'letters that nothing shows behind': `${'a'.repeat(LENGTH)}\u115f`,
  'half surrogate pairs': '\ud83c'.repeat(LENGTH),
  emojis: '👩‍👩‍👧'.repeat(LENGTH / 8),
  'variation selectors': `❤${'\ufe0f'.repeat(LENGTH)}`,
  colons: ':a'.repeat(LENGTH / 2),
  'an id without end': '0b6f2c1e-93a0-5c7e-8a51-'.repeat(LENGTH / 24),
  'upper case that grows': 'İ'.repeat(LENGTH),
  base64url: 'A-_z'.repeat(LENGTH / 4),
  dots: '.'.repeat(LENGTH),
  'a date without end': `2026-01-01T00:00:00.${'0'.repeat(LENGTH)}Z`,
  'a list of 20,000 items': Array.from({ length: 20_000 }, () => 'x'),
  'a list of 10,000 objects': Array.from({ length: 10_000 }, () => ({ a: 1 })),
  '1,500 lists in lists': nested(1_500, '[', ']'),
  '1,500 objects in objects': JSON.parse(`${'{"a":'.repeat(1_500)}1${'}'.repeat(1_500)}`),
  '10,000 unknown keys': keys(10_000),
  'a key without end': { ['k'.repeat(LENGTH)]: 1 },
  'an enormous number': 1e308,
  'a long fraction': 0.1 + 0.2,
  'a yes': true,
};

/** One place that takes a value: the document, and the variables with that value. */
interface Place {
  readonly name: string;
  readonly query: string;
  readonly variables: (value: unknown) => Readonly<Record<string, unknown>>;
}

/** Fitting values, so that only the tested one matters. */
function fitting(type: GraphQLInputType): unknown {
  const named = getNamedType(type);
  if (isInputObjectType(named))
    return Object.fromEntries(
      Object.values(named.getFields())
        .filter(isRequiredInputField)
        .map((field) => [field.name, fitting(field.type)]),
    );
  if (isEnumType(named)) return named.getValues()[0]!.name;
  return (
    { ID: '0b6f2c1e-93a0-5c7e-8a51-0d2f4b6a8c01', Int: 1, Boolean: true, DateTime: '2026-01-01T00:00:00Z' }[
      named.name
    ] ?? 'x'
  );
}

const places: readonly Place[] = [schema.getQueryType()!, schema.getMutationType()!].flatMap((root) =>
  Object.values(root.getFields()).flatMap((field) =>
    field.args.flatMap((arg) => {
      const given = field.args.filter((each) => each === arg || isRequiredArgument(each));
      const operation = root === schema.getQueryType() ? 'query' : 'mutation';
      const query =
        `${operation} (${given.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ')}) ` +
        `{ ${field.name}(${given.map(({ name }) => `${name}: $${name}`).join(', ')}) { __typename } }`;
      const rest = Object.fromEntries(given.map(({ name, type }) => [name, fitting(type)]));
      const whole: Place = {
        name: `${field.name}(${arg.name})`,
        query,
        variables: (value) => ({ ...rest, [arg.name]: value }),
      };
      const type = isNonNullType(arg.type) ? arg.type.ofType : arg.type;
      const within = isInputObjectType(type)
        ? Object.keys(type.getFields()).map((name): Place => ({
            name: `${field.name}(${arg.name}.${name})`,
            query,
            variables: (value) => ({ ...rest, [arg.name]: { ...(rest[arg.name] as object), [name]: value } }),
          }))
        : [];
      return [whole, ...within];
    }),
  ),
);

/** CPU time in microseconds, independent of other load on the machine. */
async function cost(work: () => unknown): Promise<number> {
  const before = process.cpuUsage().user;
  await work();
  return process.cpuUsage().user - before;
}

/** Maximum time of an operation, in readings of its request. */
const READINGS = 100;
/** Below that a measurement is noise. */
const NOISE_US = 20_000;

test('there are places to try', () => {
  expect(places.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'signIn(handle)',
      'sendMessage(input.body)',
      'sendMessage(waitFor)',
      'room(atLeast)',
      'rooms(first)',
      'addReaction(input.emoji)',
      'createGifticonCampaign(input)',
    ]),
  );
});

test.each(places)('$name takes no value for longer than a few readings of it', async ({ query, variables }) => {
  const document = parse(query);
  for (const [what, value] of Object.entries(VALUES)) {
    const given = variables(value);
    const body = JSON.stringify({ query, variables: given });
    const served = async (): Promise<void> => {
      const refused = refuseOperation({ schema, document, variables: given }, DEFAULT_LIMITS);
      if (refused) expect(refused.message.length).toBeLessThan(520);
      else
        await execute({
          schema,
          document,
          variableValues: given,
          contextValue: contextOf({ viewer: someone('ada', ['admin']) }),
        });
    };
    const isCheap = async (): Promise<boolean> =>
      (await cost(served)) < Math.max(READINGS * (await cost(() => JSON.parse(body))), NOISE_US);
    // The garbage collector or the compiler does not interfere three times.
    expect([what, (await isCheap()) || (await isCheap()) || (await isCheap())]).toEqual([what, true]);
  }
});
