import type { GraphQLInterfaceType } from 'graphql';
import { buildSchema, parse, validate } from 'graphql';
import { readFile } from 'node:fs/promises';
import { mutationOf } from './commands.js';
import type { CommandName } from './commands.js';
import { createFollow } from './follow.js';
import { createPress } from './press.js';
import type * as Schema from './generated/schema.js';
import type { Send } from './send.js';
import type { Transport } from './transport.js';

const schema = buildSchema(await readFile('schema.graphql', 'utf8'));
const problems = (query: string): readonly string[] => validate(schema, parse(query)).map(({ message }) => message);

// Those of the console are for its page alone: an application has no operator.
const commands = Object.values(schema.getMutationType()!.getFields())
  .filter(({ name, args }) => !name.startsWith('admin') && args.some((arg) => arg.name === 'waitFor'))
  .map(({ name }) => name as CommandName);

test.each(commands)('the mutation of %s is one of the schema', (name) => {
  expect(problems(mutationOf(name))).toEqual([]);
});

test('every mutation of the schema that is a command is one of the client', () => {
  // This tests the compiler: a command that the client forgets has to be an error.
  type Forgotten = Exclude<keyof Schema.Mutation, CommandName | 'signIn' | '__typename' | `admin${string}`>;
  const complete: [Forgotten] extends [never] ? true : Forgotten = true;
  expect(complete).toBe(true);
});

/** Subscriptions that are asked for; each one completes at once. */
function asked(): { readonly transport: Transport; readonly queries: string[] } {
  const queries: string[] = [];
  return {
    queries,
    transport: {
      request: () => Promise.reject(new Error('nothing is requested')),
      subscribe(query, _variables, sink) {
        queries.push(query);
        sink.next({ gifticonRequest: { status: 'ISSUED' } } as never);
        queueMicrotask(() => sink.complete());
        return () => undefined;
      },
    },
  };
}

test('the subscriptions are those of the schema', async () => {
  const { transport, queries } = asked();
  const send = (() => ({ receipt: { position: 'p' }, request: { id: 'r', status: 'QUEUED' } })) as unknown as Send;
  const silent: Transport = { ...transport, subscribe: (query) => (queries.push(query), () => undefined) };
  (await createFollow(silent, send)('room')).stop();
  await createPress(transport, send)('campaign');
  expect(queries).toHaveLength(2);
  expect(queries.flatMap(problems)).toEqual([]);
  const events = schema.getPossibleTypes(schema.getType('RoomEvent') as GraphQLInterfaceType);
  for (const { name } of events) expect(queries[0]).toContain(`... on ${name} `);
});
