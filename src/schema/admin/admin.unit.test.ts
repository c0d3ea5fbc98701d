import type { GraphQLField, GraphQLInputType, GraphQLNamedType, GraphQLOutputType } from 'graphql';
import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';
import { ask, codeOf, schema, someone } from '../../../test/support/ask-schema.js';

// Walks the schema, so that a field or a mutation that is added later is tried, too.

const EVERYBODY_ELSE = [
  ['nobody', null, 'UNAUTHENTICATED'],
  ['a user', someone('ada'), 'FORBIDDEN'],
] as const;

const fieldsOf = (type: GraphQLNamedType | null | undefined): readonly GraphQLField<unknown, unknown>[] =>
  isObjectType(type) ? Object.values(type.getFields()) : [];

/** A value that fits, as GraphQL text. */
function literal(type: GraphQLInputType): string {
  if (isNonNullType(type)) return literal(type.ofType);
  if (isListType(type)) return `[${literal(type.ofType)}]`;
  if (isEnumType(type)) return type.getValues()[0]!.name;
  if (isInputObjectType(type)) {
    const required = Object.values(type.getFields()).filter(isRequiredInputField);
    return `{${required.map(({ name, type: of }) => `${name}: ${literal(of)}`).join(', ')}}`;
  }
  return type.name === 'Int' ? '1' : '"x"';
}

function selection({ name, args, type }: GraphQLField<unknown, unknown>): string {
  const required = args.filter(isRequiredArgument).map((arg) => `${arg.name}: ${literal(arg.type)}`);
  const given = required.length > 0 ? `(${required.join(', ')})` : '';
  return `${name}${given}${isObjectType(getNamedType(type)) ? ' { __typename }' : ''}`;
}

/** The types that a field leads to, through any number of fields. */
function reachableFrom(type: GraphQLOutputType, found = new Set<string>()): ReadonlySet<string> {
  const named = getNamedType(type);
  if (found.has(named.name)) return found;
  found.add(named.name);
  for (const field of fieldsOf(named)) reachableFrom(field.type, found);
  return found;
}

const isOfConsole = (name: string): boolean => name.startsWith('Admin');
const adminFields = fieldsOf(schema.getType('AdminQuery'));
const mutations = fieldsOf(schema.getMutationType());
const adminMutations = mutations.filter(({ name }) => name.startsWith('admin'));

test('the console has reads and actions', () => {
  expect(adminFields.length).toBeGreaterThan(10);
  expect(adminMutations.length).toBeGreaterThan(10);
});

describe.each(EVERYBODY_ELSE)('to %s', (_who, viewer, code) => {
  test.each(adminFields.map((field) => [field.name, field] as const))(
    '%s is null, without an error',
    async (_, field) => {
      expect(await ask(`{ admin { ${selection(field)} } }`, { viewer })).toEqual({ data: { admin: null } });
    },
  );

  test.each(adminMutations.map((field) => [field.name, field] as const))('%s is refused', async (_, field) => {
    expect(codeOf(await ask(`mutation { ${selection(field)} }`, { viewer }))).toBe(code);
  });
});

test('no other field leads to a type of the console', () => {
  const roots = [...fieldsOf(schema.getQueryType()), ...mutations, ...fieldsOf(schema.getSubscriptionType())];
  const leading = roots.filter(({ type }) => [...reachableFrom(type)].some(isOfConsole)).map(({ name }) => name);
  expect(leading.filter((name) => name !== 'admin' && !name.startsWith('admin'))).toEqual([]);
});

test('every action takes a commandId, and every action without an event can be seen', () => {
  for (const { name, args, type } of adminMutations) {
    const input = getNamedType(args.find((arg) => arg.name === 'input')?.type);
    const commandId = isInputObjectType(input) ? input.getFields().commandId : undefined;
    const isSeen = [...reachableFrom(type)].some(
      (reached) => reached === 'AdminAction' || reached === 'CommandReceipt',
    );
    expect([name, String(commandId?.type), isSeen]).toEqual([name, 'ID', true]);
  }
});
