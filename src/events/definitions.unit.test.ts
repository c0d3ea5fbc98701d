import { keyOfEvent, streamOfEvent } from '../../test/support/given.js';
import { readFileSync } from 'node:fs';
import { postgresProjections, redisProjections } from '../projections/registry.js';
import type { FoldedBy } from './definitions.js';
import {
  EVENTS,
  EVENT_TYPES,
  MADANG_EVENTS,
  isShown,
  membershipChange,
  typesFoldedBy,
  typesThat,
} from './definitions.js';
import type { DomainEvent, EventType } from './event.js';
import type { EventDefinition, EventDefinitions } from '../engine/domain/event-definition.js';
import type { MadangNames, ReadModelName } from './definitions.js';
import { ERASED_USER, userId } from '../engine/domain/ids.js';
import { roomId } from './ids.js';
import type { UserId } from '../engine/domain/ids.js';
import type { RoomId } from './ids.js';

interface MessageEdited {
  readonly type: 'MessageEdited';
  readonly data: { readonly roomId: RoomId; readonly seq: number; readonly authorId: UserId; readonly body: string };
}

interface Fixture {
  readonly row: { readonly type: string; readonly schema: number; readonly data: Readonly<Record<string, unknown>> };
}
const fixtures = JSON.parse(
  readFileSync(new URL('../../test/fixtures/stored-events.json', import.meta.url), 'utf8'),
) as readonly Fixture[];
const events = fixtures.map(({ row }) => MADANG_EVENTS.read(row.type, row.schema, row.data) as DomainEvent);

test('an incomplete definition of an event does not compile', () => {
  // This tests the compiler: each of these has to be an error, or the types check fails.
  // @ts-expect-error A new type of event has no definition.
  const forgotten: EventDefinitions<DomainEvent | MessageEdited, MadangNames> = EVENTS;

  const edited = {
    schema: { version: 1, upcasts: [] },
    aggregate: 'room',
    audience: 'subscribers',
    access: 'none',
    personal: {
      roomId: 'no',
      seq: 'no',
      authorId: { until: 'MemberErased', becomes: ERASED_USER },
      body: { until: 'MemberErased', becomes: '' },
    },
    readModels: ['timeline'],
  } as const satisfies EventDefinition<MessageEdited, MadangNames>;
  const complete: EventDefinitions<DomainEvent | MessageEdited, MadangNames> = { ...EVENTS, MessageEdited: edited };

  const { audience: _audience, ...unseen } = edited;
  const { aggregate: _aggregate, ...streamless } = edited;
  const { access: _access, ...rightless } = edited;
  const { personal: _personal, ...impersonal } = edited;
  const { readModels: _readModels, ...unread } = edited;
  const { body: _body, ...fewer } = edited.personal;
  const incomplete: readonly EventDefinition<MessageEdited, MadangNames>[] = [
    // @ts-expect-error Its audience is missing.
    unseen,
    // @ts-expect-error Its stream is missing.
    streamless,
    // @ts-expect-error Its effect on the right to see is missing.
    rightless,
    // @ts-expect-error Its personal fields are missing.
    impersonal,
    // @ts-expect-error One field is missing.
    { ...edited, personal: fewer },
    // @ts-expect-error An empty text erases no author.
    { ...edited, personal: { ...edited.personal, authorId: { until: 'MemberErased', becomes: '' } } },
    // @ts-expect-error A text is no pseudonym.
    { ...edited, personal: { ...edited.personal, body: 'user' } },
    // @ts-expect-error It contains no user whose membership it could end.
    { ...edited, access: 'ends' },
    // @ts-expect-error Its read models are missing.
    unread,
    // @ts-expect-error There is no such read model.
    { ...edited, readModels: ['timelines'] },
  ];

  // The events of a read model are a union that its switch has to exhaust.
  const folded: FoldedBy<'unread'>['type'] extends 'MemberJoined' | 'MemberLeft' | 'MessagePosted' | 'MessagesRead'
    ? true
    : false = true;
  expect([forgotten, complete, ...incomplete, folded]).toHaveLength(13);
});

test.each(events.map((event) => [event.type, event] as const))(
  '%s is in a stream of its own aggregate',
  (type, event) => {
    expect(streamOfEvent(event).aggregate.name).toBe(EVENTS[type].aggregate);
    expect(keyOfEvent(event)).toEqual(expect.any(String));
  },
);

test('each read model handles the events that name it, and every name is one', () => {
  const models = [...postgresProjections, ...redisProjections];
  for (const { name, handles } of models) expect([name, handles]).toEqual([name, typesFoldedBy(name as ReadModelName)]);
  expect(typesFoldedBy('read-positions')).toEqual([
    'MemberJoined',
    'MemberLeft',
    'MemberErased',
    'MessagesRead',
    'MessagePosted',
  ]);
  const named = new Set(EVENT_TYPES.flatMap((type): readonly string[] => EVENTS[type].readModels));
  expect([...named].sort()).toEqual(models.map(({ name }) => name).sort());
});

test('subscribers see the events of the room, and no others', () => {
  const shown: readonly EventType[] = [
    'MemberErased',
    'MemberJoined',
    'MemberLeft',
    'MessagePosted',
    'ReactionAdded',
    'ReactionRemoved',
  ];
  expect(
    events
      .filter(isShown)
      .map(({ type }) => type)
      .sort(),
  ).toEqual(shown);
});

test('a membership begins and ends with the events so marked', () => {
  expect([typesThat('begins'), typesThat('ends')]).toEqual([['MemberJoined'], ['MemberLeft', 'MemberErased']]);
  const [room, user] = [roomId('r'), userId('u')];
  expect(membershipChange({ type: 'MemberLeft', data: { roomId: room, userId: user } })).toMatchObject({
    effect: 'ends',
    roomId: room,
    userId: user,
  });
  expect(membershipChange({ type: 'MessagesRead', data: { roomId: room, userId: user, seq: 1 } })).toBeNull();
});

test('erasure removes exactly the fields that are marked personal', () => {
  expect(MADANG_EVENTS.redactions('AccountDeleted')).toEqual([
    { type: 'UserRegistered', author: null, data: { handle: '', name: '' } },
  ]);
  expect(MADANG_EVENTS.redactions('MemberErased')).toEqual([
    { type: 'MessagePosted', author: 'authorId', data: { authorId: ERASED_USER, body: '' } },
  ]);
  expect(MADANG_EVENTS.redactions('HandleReleased')).toEqual([
    { type: 'HandleClaimed', author: 'userId', data: { handle: '', userId: ERASED_USER, name: '' } },
  ]);
});

test('an event concerns every user in its fields', () => {
  for (const event of events) {
    const names = Object.values(event.data).filter((value) => typeof value === 'string');
    const about = names.filter((name) => MADANG_EVENTS.isAbout(event, userId(name)));
    expect(about).toEqual(
      Object.entries(event.data)
        .filter(([field]) => ['userId', 'authorId', 'createdBy'].includes(field))
        .map(([, value]) => value as unknown),
    );
  }
  expect(
    events
      .filter((event) => MADANG_EVENTS.erasedBy(event) !== null)
      .map(({ type }) => type)
      .sort(),
  ).toEqual(['AccountDeleted', 'MemberErased']);
});
