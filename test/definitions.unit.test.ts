import 'reflect-metadata';
import { z } from 'zod';
import { accept } from '../src/engine/domain/decide.js';
import { defineCommand, perUser } from '../src/commands/define-command.js';
import { sendMessage } from '../src/commands/message/send-message.js';
import { postgresReadModel } from '../src/projections/define-read-model.js';
import { MemberLeft } from '../src/schema/membership/membership.event.js';
import { shownEvent } from '../src/schema/message/shown-event.js';
import type { ShownAs } from '../src/schema/message/shown-event.js';

// These test the compiler: each line below a mark has to be an error, or the types check fails. That the definition of
// an event is complete is tested beside it.

test('a command says how often a user may send it', () => {
  const command = {
    type: 'SendMessage',
    version: 1,
    schema: z.strictObject({ roomId: z.string() }),
    key: (data: { readonly roomId: string }) => data.roomId,
    reads: () => ({}),
    decide: () => accept(),
  } as const;
  const complete = defineCommand({ ...command, rateLimit: perUser(1, 1) });
  // @ts-expect-error Its rate limit is missing.
  const unlimited = defineCommand(command);
  expect([complete.type, unlimited.type]).toEqual([sendMessage.type, sendMessage.type]);
});

test('a read model says how its tables and old generations forget a person', () => {
  const model = { name: 'users', version: 1, apply: () => Promise.resolve() } as const;
  const complete = postgresReadModel({ ...model, forgets: { users: 'folded' }, oldGenerations: 'swept' });
  // @ts-expect-error Its old generations are missing.
  const kept = postgresReadModel({ ...model, forgets: { users: 'folded' } });
  // @ts-expect-error There is no such rule.
  const ruleless = postgresReadModel({ ...model, forgets: { users: 'later' }, oldGenerations: 'swept' });
  // @ts-expect-error No event names it.
  const unknown = postgresReadModel({ ...model, name: 'user', forgets: {}, oldGenerations: 'swept' });
  expect([complete, kept, ruleless, unknown].map(({ tables }) => tables)).toEqual([
    ['users'],
    ['users'],
    ['users'],
    [],
  ]);
});

test('an event that subscribers see has a kind, and a value for each field of its type', () => {
  const complete = shownEvent('MemberLeft', MemberLeft, {
    kind: 'MEMBERS',
    view: ({ event }) => ({ userId: event.data.userId }),
  });
  // @ts-expect-error A field is missing.
  const short = shownEvent('MemberLeft', MemberLeft, { kind: 'MEMBERS', view: () => ({}) });
  // @ts-expect-error Its kind is missing.
  const kindless = shownEvent('MemberLeft', MemberLeft, { view: ({ event }) => ({ userId: event.data.userId }) });
  // @ts-expect-error It has no userId to whom it could come always.
  const ownerless: Pick<ShownAs<'RoomCreated'>, 'alwaysToOwn'> = { alwaysToOwn: true };
  expect([complete.type, short.type, kindless.kind, ownerless.alwaysToOwn]).toEqual([
    'MemberLeft',
    'MemberLeft',
    undefined,
    true,
  ]);
});
