import { setTimeout as delay } from 'node:timers/promises';
import { now } from './clock.js';
import { openConnection } from './connection.js';
import { countFailure } from './counts.js';
import type { Counts } from './counts.js';
import { Failure } from './failure.js';
import { openHttp } from './http.js';
import type { Latencies, Timed } from './latencies.js';
import { followRoom } from './member.js';
import type { Member } from './member.js';
import { newCommandId, operationsOver } from './operations.js';
import type { GifticonRequest } from './operations.js';
import { threadOf } from './plan.js';
import type { Plan, Planned } from './plan.js';
import { outcomeOf } from './press.js';
import { retried } from './retry.js';
import type { Scenario } from './scenario.js';
import { runSchedule } from './schedule.js';
import type { Task } from './schedule.js';
import { FOREIGN, createRoomRecord } from './sequence.js';

export interface OpenedRoom {
  readonly id: string;
  /** The position of its opening. */
  readonly position: string;
}

export interface VirtualUsersOptions {
  /** The address of GraphQL. */
  readonly url: string;
  /** Marks the messages of this run. */
  readonly tag: string;
  readonly scenario: Scenario;
  readonly plan: Plan;
  readonly thread: number;
  readonly threads: number;
  /** By user; those of other threads are not used. */
  readonly tokens: readonly string[];
  readonly rooms: readonly OpenedRoom[];
  readonly campaignId: string | null;
  /** From when on a failure that would pass is final. */
  readonly giveUpMs: number;
  readonly counts: Counts;
  readonly latencies: Latencies;
  /** Ends the schedule early; operations under way still get their answers. */
  readonly signal: AbortSignal;
}

/** What a thread's members found at the end. */
export interface Findings {
  readonly subscribers: number;
  readonly lost: number;
  readonly doubled: number;
  readonly reordered: number;
  readonly contradictions: number;
  /** The record of each room; null without a member in this thread. Equal in all threads, or a promise is broken. */
  readonly digests: readonly (string | null)[];
  readonly codes: readonly string[];
}

/** The users of one thread. Its methods are called in this order, once. */
export interface VirtualUsers {
  /** Connects and joins. Resolves when all are there, or have failed. */
  arrive(startAt: number): Promise<void>;
  /** Runs the schedule. Resolves when every operation has its outcome. @returns the last number in each room */
  begin(startAt: number): Promise<readonly number[]>;
  /** Waits until every member has received these last numbers, and judges. */
  settle(heads: readonly number[], timeoutMs: number): Promise<Findings>;
  close(): Promise<void>;
}

/** Operations under way at once. A further one fails: the server is far behind, and memory has an end. */
const MAX_PENDING = 20_000;
/** After the last message: one that comes twice may come a moment later. */
const QUIET_MS = 300;
const POLL_MS = 20;

export function openVirtualUsers(options: VirtualUsersOptions): VirtualUsers {
  const { url, tag, scenario, plan, thread, threads, tokens, rooms, campaignId, counts, latencies, signal } = options;
  const http = openHttp(url);
  const api = operationsOver(http);
  const isOwn = ({ user }: { readonly user: number }): boolean => threadOf(user, scenario, threads) === thread;
  const own = tokens.map((_, user) => user).filter((user) => isOwn({ user }));
  const connections = new Map(own.map((user) => [user, openConnection(url, tokens[user]!)]));
  const records = plan.rooms.map(createRoomRecord);
  const members: Member[] = [];
  const codes: string[] = [];
  const pending = new Set<Promise<void>>();
  /** Not a number until this thread has begun: another one may send a moment earlier. */
  let startedAt = Number.NaN;

  const padding = '.'.repeat(4_000);
  const bodyOf = (message: number): string =>
    `${tag}/${message} ${padding}`.slice(0, scenario.messages?.characters ?? 80);
  const numberOf = (body: string): number =>
    body.startsWith(`${tag}/`) ? Number.parseInt(body.slice(tag.length + 1), 10) : FOREIGN;
  const dueAt = (message: number): number => startedAt + plan.messages[message]!.atMs;

  const onRetry = (failure: Failure): void => void counts[failure.isThrottled ? 'throttled' : 'retried']++;
  const retrying = { giveUpMs: options.giveUpMs, signal, onRetry };
  /** Times the operation from its due time to its outcome. Undefined where it failed for good. */
  const timed = async <T>(what: Timed, dueAt: number, run: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await retried(run, retrying);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      countFailure(counts, what, error.code);
      return undefined;
    } finally {
      latencies.record(what, now() - dueAt);
    }
  };
  const start = (what: Timed, run: () => Promise<void>): void => {
    if (pending.size >= MAX_PENDING) return countFailure(counts, what, 'TOO_MANY_UNDER_WAY');
    const running = run().finally(() => pending.delete(running));
    pending.add(running);
  };
  /** An error that is no Failure is the bot's own: it ends the run. */
  const allDone = async (): Promise<void> => {
    while (pending.size > 0) await Promise.all(pending);
  };

  const follow = (user: number, room: number, from: string): void => {
    const [connection, record] = [connections.get(user)!, records[room]!];
    const { id: roomId } = rooms[room]!;
    members.push(followRoom({ connection, room, roomId, from, record, numberOf, dueAt, counts, latencies }));
  };

  const join = async (user: number, arrivedAt: number): Promise<void> => {
    for (const room of plan.roomsOf[user]!) {
      const { id, position } = rooms[room]!;
      if (plan.rooms[room]![0] === user) {
        follow(user, room, position);
        continue;
      }
      const commandId = newCommandId();
      const from = await timed('join', arrivedAt, () => api.joinRoom(tokens[user]!, id, commandId));
      if (from === undefined) return;
      follow(user, room, from);
    }
    counts.joined++;
  };

  const send = async (message: number, sentAt: number): Promise<void> => {
    const { user, room } = plan.messages[message]!;
    const commandId = newCommandId();
    const seq = await timed('send', sentAt, () => api.send(tokens[user]!, rooms[room]!.id, bodyOf(message), commandId));
    if (seq === undefined) return;
    counts.sent++;
    records[room]!.add(seq, message);
  };

  const fetchNewest = async ({ user }: Planned, at: number): Promise<void> => {
    const seqs = await timed('fetch', at, () => api.fetchNewest(tokens[user]!, rooms[0]!.id));
    if (!seqs) return;
    counts.fetched++;
    if (seqs.some((seq, index) => seq !== seqs[0]! + index)) countFailure(counts, 'fetch', 'NOT_IN_ORDER');
  };

  const press = async ({ user }: Planned, at: number): Promise<void> => {
    const commandId = newCommandId();
    const request = await timed('press', at, () => api.press(tokens[user]!, campaignId!, commandId));
    if (!request) return;
    counts.pressed++;
    const over = AbortSignal.timeout(options.giveUpMs * 2);
    const watching = { signal: over, interrupted: () => void counts.interrupted++ };
    const outcome = await timed('outcome', at, async (): Promise<GifticonRequest> =>
      request.status === 'QUEUED' ? outcomeOf(connections.get(user)!, request.id, watching) : request,
    );
    if (outcome?.status === 'ISSUED') {
      counts.issued++;
      if (outcome.code === null) countFailure(counts, 'outcome', 'WITHOUT_CODE');
      else codes.push(outcome.code);
    } else if (outcome?.status === 'SOLD_OUT') counts.soldOut++;
    else if (outcome)
      countFailure(counts, 'press', outcome.duplicateOf === null ? outcome.status : 'ALREADY_REQUESTED');
  };

  const cut = ({ user }: Planned): void => {
    counts.cuts++;
    connections.get(user)!.cut(scenario.reconnects!.awaySeconds * 1_000);
  };

  const scheduled = (startAt: number) => ({
    startAt,
    signal,
    onBegun: (lateMs: number) => latencies.record('late', lateMs),
  });
  const tasksOf = (what: Timed, planned: readonly Planned[], run: (planned: Planned, at: number) => Promise<void>) =>
    planned.filter(isOwn).map((each): Task => ({ atMs: each.atMs, run: (at) => start(what, () => run(each, at)) }));

  return {
    async arrive(startAt) {
      await runSchedule(
        tasksOf('join', plan.arrivals, ({ user }, at) => join(user, at)),
        scheduled(startAt),
      );
      await allDone();
    },
    async begin(startAt) {
      startedAt = startAt;
      const messages = plan.messages.flatMap(({ atMs, user }, message): readonly Task[] =>
        isOwn({ user }) ? [{ atMs, run: (at) => start('send', () => send(message, at)) }] : [],
      );
      const cuts = plan.cuts.filter(isOwn).map((planned): Task => ({ atMs: planned.atMs, run: () => cut(planned) }));
      const tasks = [
        ...messages,
        ...cuts,
        ...tasksOf('fetch', plan.fetches, fetchNewest),
        ...tasksOf('press', plan.presses, press),
      ];
      await runSchedule(tasks, scheduled(startAt));
      await allDone();
      return records.map(({ head }) => head);
    },
    async settle(heads, timeoutMs) {
      const end = now() + timeoutMs;
      // One that is missing before the last one does not come any more, or comes out of order.
      const isThere = ({ room, sequence }: Member): boolean => sequence.last >= heads[room]!;
      while (now() < end && !members.every(isThere)) await delay(POLL_MS);
      await delay(QUIET_MS);
      const faults = members.map(({ room, sequence }) => sequence.faults(Math.max(heads[room]!, records[room]!.head)));
      const total = (name: 'lost' | 'doubled' | 'reordered'): number =>
        faults.reduce((sum, each) => sum + each[name], 0);
      const withMembers = new Set(members.map(({ room }) => room));
      return {
        subscribers: members.length,
        lost: total('lost'),
        doubled: total('doubled'),
        reordered: total('reordered'),
        contradictions: records.reduce((sum, { contradictions }) => sum + contradictions, 0),
        digests: records.map((record, room) => (withMembers.has(room) ? record.digest() : null)),
        codes,
      };
    },
    async close() {
      await Promise.all([...connections.values()].map((connection) => connection.close()));
      http.close();
    },
  };
}
