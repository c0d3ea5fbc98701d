import { commandId, traceId, userId } from '../engine/domain/ids.js';
import type { AnyCommandDefinition } from '../engine/domain/decide.js';
import type { CommandType } from './registry.js';
import { commandDefinition, COMMANDS } from './registry.js';

test('a command is found under its own type, and nothing else is found', () => {
  for (const [type, definition] of Object.entries(COMMANDS)) {
    expect(definition.type).toBe(type);
    expect(commandDefinition(type)).toBe(definition);
  }
  for (const type of ['', 'sendMessage', 'toString', '__proto__', 'constructor'])
    expect(commandDefinition(type)).toBeUndefined();
});

test('data with a field that the command does not have is refused', () => {
  expect(
    COMMANDS.JoinRoom.schema.safeParse({ roomId: '6f1c2b5e-93a0-5c7e-8a51-0d2f4b6a8c01', userId: 'someone-else' })
      .success,
  ).toBe(false);
});

const ROOM = { roomId: '6f1c2b5e-93a0-5c7e-8a51-0d2f4b6a8c01' };
const CAMPAIGN = { campaignId: '6f1c2b5e-93a0-5c7e-8a51-0d2f4b6a8d01' };
const ON_MESSAGE = { ...ROOM, messageId: `${ROOM.roomId}.1`, emoji: '👍' };

/** Valid data for each command. */
const SAMPLES: Readonly<Record<CommandType, unknown>> = {
  ClaimHandle: { handle: 'ann', userId: 'u', name: 'Ann' },
  ReleaseHandle: { handle: 'ann', userId: 'u', freeAt: '2026-01-01T00:00:00.000Z' },
  RegisterUser: { userId: 'u', handle: 'ann', name: 'Ann' },
  DeleteAccount: { userId: 'u' },
  CreateRoom: { ...ROOM, title: 'Room' },
  JoinRoom: ROOM,
  LeaveRoom: ROOM,
  EraseMember: ROOM,
  SendMessage: { ...ROOM, body: 'hello' },
  MarkRead: { ...ROOM, seq: 1 },
  AddReaction: ON_MESSAGE,
  RemoveReaction: ON_MESSAGE,
  CreateGifticonCampaign: {
    ...CAMPAIGN,
    title: 'Coffee',
    stock: 1,
    opensAt: '2026-01-01T00:00:00.000Z',
    closesAt: null,
  },
  LoadGifticonCodes: { ...CAMPAIGN, first: 1, count: 1 },
  PauseGifticonCampaign: CAMPAIGN,
  ResumeGifticonCampaign: CAMPAIGN,
  RequestGifticon: CAMPAIGN,
};

test.each(Object.keys(COMMANDS) as CommandType[])('%s has the key of the object that it is about', (type) => {
  const definition = COMMANDS[type] as unknown as AnyCommandDefinition;
  const { roomId, campaignId, handle, userId: user } = definition.schema.parse(SAMPLES[type]) as Record<string, string>;
  // A user's own commands have the user's key: the handle in them is a name alone.
  const about = type === 'RegisterUser' ? user : (roomId ?? campaignId ?? handle ?? user);
  expect(about).toEqual(expect.any(String));
  expect(definition.key(definition.schema.parse(SAMPLES[type]))).toBe(about);
});

/** The queue of gifticon requests has its own decider, and only that one writes these streams. */
const WRITTEN_BY_ISSUERS = ['issuance', 'gifticon'];

test.each(Object.keys(COMMANDS) as CommandType[])(
  '%s reads only those streams anew that the decider of another queue writes',
  (type) => {
    const definition = COMMANDS[type] as unknown as AnyCommandDefinition;
    const data = definition.schema.parse(SAMPLES[type]);
    const by = {
      commandId: commandId('018f2f6e-0000-7000-8000-000000000001'),
      userId: userId('u'),
      traceId: traceId('0'.repeat(32)),
      at: '2026-01-01T00:00:00.000Z',
    };
    const reads = Object.values(
      definition.reads(data, { ...by, type, schema: definition.version, key: definition.key(data), data }),
    );
    expect(reads.length).toBeGreaterThan(0);
    for (const { aggregate, foreign = false } of reads) {
      expect([aggregate.name, foreign]).toEqual([
        aggregate.name,
        WRITTEN_BY_ISSUERS.includes(aggregate.name) !== (type === 'RequestGifticon'),
      ]);
    }
  },
);
