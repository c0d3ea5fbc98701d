import { COMMANDS } from '../../commands/registry.js';
import { EVENTS } from '../../events/definitions.js';
import { users } from '../../projections/user/users/project.js';
import type { DomainParts } from './define-domain.js';
import { DomainError, defineDomain } from './define-domain.js';
import type { DomainEvent } from '../../events/event.js';

const parts: DomainParts<DomainEvent> = { events: EVENTS, commands: COMMANDS, readModels: [users] };

test('a domain knows its commands by type, and no others', () => {
  const { commands, events } = defineDomain(parts);
  expect(commands('SendMessage')).toBe(COMMANDS.SendMessage);
  expect([commands('PaintRoom'), commands('constructor')]).toEqual([undefined, undefined]);
  expect(events.types).toEqual(Object.keys(EVENTS));
});

test('a read model that folds other events than those that name it is refused', () => {
  const fewer = { ...users, handles: ['UserRegistered'] };
  expect(() => defineDomain({ ...parts, readModels: [fewer] })).toThrow(DomainError);
  expect(() => defineDomain({ ...parts, readModels: [fewer] })).toThrow('users and the definition of AccountDeleted');
  const more = { ...users, handles: [...users.handles, 'RoomCreated'] };
  expect(() => defineDomain({ ...parts, readModels: [more] })).toThrow('users and the definition of RoomCreated');
});

test('a command under another name than its own is refused', () => {
  expect(() => defineDomain({ ...parts, commands: { SayHello: COMMANDS.SendMessage } })).toThrow(
    'the command SendMessage is listed as SayHello',
  );
});
