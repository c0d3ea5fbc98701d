import fc from 'fast-check';
import { decideWith, deepFreeze, fold, streamOfEvent } from '../../test/support/given.js';
import { OTHER_ROOM, ROOM } from '../../test/support/room-events.js';
import { messageId, userId } from '../events/ids.js';
import type { StreamId } from '../events/ids.js';
import type { NewEvent, StreamRef } from './decide.js';
import { reactionReads } from './reaction/target.js';
import { COMMANDS } from './registry.js';
import type { CommandType } from './registry.js';

/** Any commands in any order: few rooms and users, so that they meet. */
const room = fc.constantFrom(ROOM, OTHER_ROOM);
const target = fc
  .record({ roomId: room, seq: fc.integer({ min: 0, max: 3 }), elsewhere: fc.nat(9), emoji: fc.constantFrom('👍', '❤', '❤️') })
  .map(({ roomId, seq, elsewhere, emoji }) => ({
    roomId,
    messageId: messageId(elsewhere === 0 ? OTHER_ROOM : roomId, seq),
    emoji,
  }));
const account = fc.record({ handle: fc.constantFrom('ann', 'ANN', 'bob'), userId: fc.constantFrom('ann', 'bob'), name: fc.constant('Name') });
const step = (type: CommandType, data: fc.Arbitrary<unknown>, weight: number) => ({
  weight,
  arbitrary: fc.record({ type: fc.constant(type), data, by: fc.constantFrom('ann', 'bob', 'cho').map(userId) }),
});
const steps = fc.array(
  fc.oneof(
    step('CreateRoom', fc.record({ roomId: room, title: fc.constant('Room') }), 2),
    step('JoinRoom', fc.record({ roomId: room }), 3),
    step('LeaveRoom', fc.record({ roomId: room }), 1),
    step('SendMessage', fc.record({ roomId: room, body: fc.constant('hi') }), 5),
    step('MarkRead', fc.record({ roomId: room, seq: fc.nat(8) }), 2),
    step('AddReaction', target, 4),
    step('RemoveReaction', target, 2),
    step('ClaimHandle', account, 1),
    step('RegisterUser', account, 1),
  ),
  { minLength: 30, maxLength: 120, size: 'max' },
);

type Step = typeof steps extends fc.Arbitrary<readonly (infer T)[]> ? T : never;

/** Runs them all as a decider does that stores a snapshot, as JSON, after every event. */
function run(commands: readonly Step[]) {
  const log: NewEvent[] = [];
  const carried = new Map<StreamId, unknown>();
  const streams = new Map<StreamId, StreamRef<unknown>>();
  const members = new Set<string>();
  const trespasses: unknown[] = [];

  for (const { type, data, by } of commands) {
    const decision = decideWith(COMMANDS[type], data, by, (stream) => carried.get(stream.id) ?? stream.aggregate.initialState);
    if (decision.outcome === 'rejected') continue;
    for (const { stream, event } of decision.events) {
      const ref = streamOfEvent(event);
      const before = carried.get(stream) ?? ref.aggregate.initialState;
      // What a snapshot keeps of a state is all of it.
      carried.set(stream, deepFreeze(JSON.parse(JSON.stringify(ref.aggregate.evolve(before, event as never)))));
      streams.set(stream, ref);
      log.push({ stream, event });

      // A list of members that is kept apart from the aggregates.
      const { data: about } = event;
      if (!('roomId' in about)) continue;
      const member = `${about.roomId}/${by}`;
      if (event.type === 'MemberJoined') members.add(member);
      else if (event.type !== 'RoomCreated' && !members.has(member)) trespasses.push(event);
      if (event.type === 'MemberLeft') members.delete(member);
    }
  }
  return { log, carried, streams, trespasses };
}

describe('whatever the commands', () => {
  test('a room’s messages are numbered 1, 2, 3 … without a gap', () => {
    fc.assert(
      fc.property(steps, (commands) => {
        const { log } = run(commands);
        for (const id of [ROOM, OTHER_ROOM]) {
          const seqs = log.flatMap(({ event }) => (event.type === 'MessagePosted' && event.data.roomId === id ? [event.data.seq] : []));
          expect(seqs).toEqual(seqs.map((_, index) => index + 1));
        }
      }),
    );
  });

  test('who is no member changes nothing', () => {
    fc.assert(fc.property(steps, (commands) => expect(run(commands).trespasses).toEqual([])));
  });

  test('a fold from the first event gives the state that was carried along through snapshots', () => {
    fc.assert(
      fc.property(steps, (commands) => {
        const { log, carried, streams } = run(commands);
        for (const [id, stream] of streams) expect(fold(stream, log)).toEqual(carried.get(id));
      }),
    );
  });

  test('nobody reacts twice with one emoji, removes what is not there, reacts to what is not there, or reads backwards', () => {
    fc.assert(
      fc.property(steps, (commands) => {
        const reactions = new Set<string>();
        const lastSeq = new Map<string, number>();
        const readSeq = new Map<string, number>();
        for (const { stream, event } of run(commands).log) {
          if (event.type === 'MessagePosted') lastSeq.set(event.data.roomId, event.data.seq);
          if (event.type === 'MemberJoined') readSeq.set(stream, event.data.seq);
          if (event.type === 'MessagesRead') {
            expect(event.data.seq).toBeGreaterThan(readSeq.get(stream)!);
            expect(event.data.seq).toBeLessThanOrEqual(lastSeq.get(event.data.roomId)!);
            readSeq.set(stream, event.data.seq);
          }
          if (event.type === 'ReactionAdded' || event.type === 'ReactionRemoved') {
            const reaction = `${stream} ${event.data.emoji}`;
            expect(event.data.seq).toBeGreaterThan(0);
            expect(event.data.seq).toBeLessThanOrEqual(lastSeq.get(event.data.roomId)!);
            expect(reactions.has(reaction)).toBe(event.type === 'ReactionRemoved');
            if (event.type === 'ReactionAdded') reactions.add(reaction);
            else reactions.delete(reaction);
          }
        }
      }),
    );
  });

  test('a handle has one owner, and a user registers once', () => {
    fc.assert(
      fc.property(steps, (commands) => {
        const once = run(commands).log.flatMap(({ stream, event }) => (event.type === 'HandleClaimed' || event.type === 'UserRegistered' ? [stream] : []));
        expect(new Set(once).size).toBe(once.length);
      }),
    );
  });

  test('the sequences reach every kind of event', () => {
    const seen = new Set(fc.sample(steps, { numRuns: 300, seed: 7 }).flatMap((commands) => run(commands).log.map(({ event }) => event.type)));
    expect([...seen].sort()).toEqual(
      ['HandleClaimed', 'MemberJoined', 'MemberLeft', 'MessagePosted', 'MessagesRead', 'ReactionAdded', 'ReactionRemoved', 'RoomCreated', 'UserRegistered'],
    );
  });
});

test('all streams that a command reads are named after its key, so that one decider owns them', () => {
  const data = { roomId: ROOM, messageId: `${OTHER_ROOM}.4`, emoji: '👍' };
  const parsed = COMMANDS.AddReaction.schema.parse(data);
  const streams = Object.values(reactionReads(parsed, { userId: userId('ann') }));
  for (const { id } of streams) expect(id).toContain(COMMANDS.AddReaction.key(parsed));
});
