import { setImmediate as turn } from 'node:timers/promises';
import { pino } from 'pino';
import { jest } from '../../../test/support/fake-timers.js';
import type { LogEntry } from '../../engine/domain/event.js';
import { position, userId } from '../../engine/domain/ids.js';
import type { DomainEvent } from '../../events/event.js';
import { roomId } from '../../events/ids.js';
import type { RoomNotice } from './room-notice.js';
import { TICK_MS, createRoomSums } from './room-sums.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const ROOM = roomId('r');
const joined = (user = 'ann'): DomainEvent => ({
  type: 'MemberJoined',
  data: { roomId: ROOM, userId: userId(user), seq: 0 },
});
const left: DomainEvent = { type: 'MemberLeft', data: { roomId: ROOM, userId: userId('ann') } };
const reacted = (seq: number): DomainEvent => ({
  type: 'ReactionAdded',
  data: { roomId: ROOM, seq, userId: userId('ann'), emoji: '👍' },
});
const posted: DomainEvent = { type: 'MessagePosted', data: { roomId: ROOM, seq: 1, authorId: userId('a'), body: '' } };

function setup(members: number) {
  const state = {
    members,
    reads: 0,
    reached: true as boolean | Promise<boolean>,
    fails: false,
    at: 0,
    seqs: [] as (readonly number[])[],
  };
  const announced: RoomNotice[] = [];
  const sums = createRoomSums({
    queries: {
      rooms: {
        byIds(ids) {
          state.reads++;
          if (state.fails) return Promise.reject(new Error('away'));
          return Promise.resolve(ids.map((id) => ({ id, memberCount: state.members }) as never));
        },
      },
      timeline: {
        byKeys(keys) {
          state.seqs.push(keys.map(({ seq }) => seq));
          return Promise.resolve(
            keys.map((key) => ({ ...key, reactions: [{ emoji: '👍', count: key.seq, mine: true }] }) as never),
          );
        },
      },
    },
    progress: { reached: async () => state.reached },
    partitions: 1,
    announce: (_room, notice) => void announced.push(notice),
    logger: pino({ level: 'silent' }),
  });
  return {
    state,
    announced,
    sums,
    happen: (...events: readonly DomainEvent[]) =>
      sums.onEvents(
        events.map((event) => ({ key: ROOM, position: position(++state.at), event }) as unknown as LogEntry),
      ),
    async tick() {
      jest.advanceTimersByTime(TICK_MS);
      for (let turns = 0; turns < 3; turns++) await turn();
      return announced.splice(0);
    },
  };
}

test('a large room gets the sums of a second, with the totals as they are', async () => {
  const { sums, happen, tick, state } = setup(201);
  await sums.watch(ROOM);
  expect(sums.isLarge(ROOM)).toBe(true);
  happen(joined(), joined(), left, reacted(4), reacted(7), reacted(4), posted);
  state.members = 250;
  expect(await tick()).toEqual([
    { type: 'members', joined: 2, left: 1, memberCount: 250 },
    { type: 'reactions', roomId: ROOM, seq: 4, reactions: [{ emoji: '👍', count: 4 }] },
    { type: 'reactions', roomId: ROOM, seq: 7, reactions: [{ emoji: '👍', count: 7 }] },
  ]);
  happen(reacted(4));
  expect(await tick()).toMatchObject([{ type: 'reactions', seq: 4 }]);
});

test('without a change nothing is read, and an unwatched room is none', async () => {
  const { sums, happen, tick, state } = setup(300);
  happen(joined());
  await tick();
  expect([state.reads, sums.isLarge(ROOM)]).toEqual([0, false]);
  const end = await sums.watch(ROOM);
  happen(posted);
  await tick();
  expect(state.reads).toBe(1);
  end();
  end();
  happen(joined());
  expect(await tick()).toEqual([]);
  expect([state.reads, sums.isLarge(ROOM)]).toEqual([1, false]);
});

test('a room that is not large gets no sums, for each event was sent', async () => {
  const { sums, happen, tick } = setup(200);
  await sums.watch(ROOM);
  happen(joined(), reacted(1));
  expect(await tick()).toEqual([]);
});

test('a room that grows or shrinks over the border gets its number', async () => {
  const { sums, happen, tick, state } = setup(200);
  await sums.watch(ROOM);
  state.members = 201;
  happen(joined());
  expect(sums.isLarge(ROOM)).toBe(false);
  expect(await tick()).toEqual([{ type: 'members', joined: 0, left: 0, memberCount: 201 }]);
  expect(sums.isLarge(ROOM)).toBe(true);
  state.members = 200;
  happen(left);
  expect(await tick()).toEqual([{ type: 'members', joined: 0, left: 1, memberCount: 200 }]);
  expect(sums.isLarge(ROOM)).toBe(false);
});

test('who joins while a room turns large is in a number', async () => {
  const { sums, happen, tick, state } = setup(200);
  await sums.watch(ROOM);
  let reached: (value: boolean) => void = () => undefined;
  state.reached = new Promise((resolve) => (reached = resolve));
  state.members = 201;
  happen(joined());
  expect(await tick()).toEqual([]);
  happen(joined());
  reached(true);
  state.reached = true;
  await turn();
  expect(sums.isLarge(ROOM)).toBe(true);
  state.members = 202;
  expect((await tick()).at(-1)).toEqual({ type: 'members', joined: 0, left: 0, memberCount: 202 });
  expect(await tick()).toEqual([]);
});

test.each(['the read models are behind', 'the database is away'])(
  'while %s, sums wait and none is lost',
  async (why) => {
    const { sums, happen, tick, state } = setup(300);
    await sums.watch(ROOM);
    const behind = why.includes('behind');
    [state.reached, state.fails] = [!behind, !behind];
    happen(joined(), reacted(2));
    expect(await tick()).toEqual([]);
    happen(joined());
    [state.reached, state.fails] = [true, false];
    expect(await tick()).toEqual([
      { type: 'members', joined: 2, left: 0, memberCount: 300 },
      { type: 'reactions', roomId: ROOM, seq: 2, reactions: [{ emoji: '👍', count: 2 }] },
    ]);
  },
);

test('reactions to very many messages are announced over several ticks', async () => {
  const { sums, happen, tick, state } = setup(300);
  await sums.watch(ROOM);
  happen(...Array.from({ length: 150 }, (_, n) => reacted(n + 1)));
  expect(await tick()).toHaveLength(100);
  expect(await tick()).toHaveLength(50);
  expect(await tick()).toEqual([]);
  expect(new Set(state.seqs.flat()).size).toBe(150);
});

test('a room that cannot be read has no watcher; the next one reads again', async () => {
  const { sums, state } = setup(300);
  state.fails = true;
  await expect(sums.watch(ROOM)).rejects.toThrow('away');
  state.fails = false;
  await sums.watch(ROOM);
  expect(sums.isLarge(ROOM)).toBe(true);
});

test('a watcher who ends twice does not end the others', async () => {
  const { sums, happen, tick } = setup(300);
  const end = await sums.watch(ROOM);
  await sums.watch(ROOM);
  end();
  end();
  happen(joined());
  expect(await tick()).toEqual([{ type: 'members', joined: 1, left: 0, memberCount: 300 }]);
});

test('what was counted of lost events is dropped', async () => {
  const { sums, happen, tick } = setup(300);
  await sums.watch(ROOM);
  happen(joined(), reacted(1));
  sums.forked(0);
  expect(await tick()).toEqual([]);
});

test('a tick that takes longer than a second is the only one meanwhile', async () => {
  const { sums, happen, tick, state } = setup(300);
  await sums.watch(ROOM);
  let arrive: (reached: boolean) => void = () => undefined;
  state.reached = new Promise((resolve) => (arrive = resolve));
  happen(joined());
  expect(await tick()).toEqual([]);
  state.reached = true;
  happen(joined());
  // The second one would be announced before the first.
  expect(await tick()).toEqual([]);
  state.members = 301;
  arrive(true);
  expect(await tick()).toEqual([{ type: 'members', joined: 1, left: 0, memberCount: 301 }]);
  state.members = 302;
  expect(await tick()).toEqual([{ type: 'members', joined: 1, left: 0, memberCount: 302 }]);
});
