import { isDeepStrictEqual } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { now } from '../support/open-loop.js';
import type { RawConnection } from '../support/raw-http.js';
import { openConnection } from '../support/raw-http.js';
import type { LoadInput, LoadResult, LoadRoom, Noted, Taken } from './load.js';
import type { MessageNode, RoomAnswer, SendAnswer } from './queries.js';
import { EVENTS, PAGE, newest, older, send } from './queries.js';
import { expectedMessage } from './synthetic-log.js';

// Members of some rooms who send, read and listen at a fixed rhythm, and check every answer: a wrong one is a line in
// the result. No other user is in these rooms, so the right answers are known.

const { url, rooms, users, sendsPerSecond, readsPerSecond } = workerData as LoadInput;

const LOST_MS = 20_000;
const MOST_TOLD = 50;

/** The known state of a room. */
interface Known {
  readonly room: LoadRoom;
  /** Bodies of the sent messages, by seq. */
  readonly sent: Map<number, string>;
  /** The highest seq that was sent, or is about to be. */
  highest: number;
  /** The newest message that every later read must show, and the position that demands it. */
  acknowledged: { readonly seq: number; readonly position: string | null };
  /** The highest seq shown to reads without a position. */
  seen: number;
  unread: number;
  /** The highest seq of the subscription. */
  heard: number;
  sending: boolean;
}

const known = rooms.map((room): Known => {
  const { lastSeq } = room;
  return {
    room,
    sent: new Map(),
    highest: lastSeq,
    acknowledged: { seq: lastSeq, position: null },
    seen: lastSeq,
    unread: lastSeq,
    heard: lastSeq,
    sending: false,
  };
});
const result = {
  wrong: [] as Noted[],
  failed: [] as Noted[],
  answers: 0,
  events: 0,
  late: 0,
  held: 0,
  lags: [] as Taken[],
  reads: [] as Taken[],
} satisfies LoadResult;
const wrong = (what: string): void => void (result.wrong.length < MOST_TOLD && result.wrong.push({ at: now(), what }));
const failed = (what: string): void =>
  void (result.failed.length < MOST_TOLD && result.failed.push({ at: now(), what }));

/** As many connections as requests that wait for answers at a time. */
const idle: RawConnection[] = [];
let asking = 0;

/** The answer's data; null where the request failed, which is recorded. */
async function ask<T>(token: string, body: string): Promise<T | null> {
  asking++;
  let usable: RawConnection | undefined;
  try {
    usable = idle.shift() ?? (await openConnection(url));
    const answer = await usable.post('/graphql', token, body);
    const { data, errors } = JSON.parse(answer.body) as { data?: T; errors?: unknown };
    if (answer.status === 200 && data && !errors) {
      result.answers++;
      return data;
    }
    failed(`${answer.status} ${answer.body.slice(0, 300)}`);
  } catch (error) {
    failed(`no answer: ${String(error)}`);
    usable = undefined;
  } finally {
    asking--;
    if (usable) idle.push(usable);
  }
  return null;
}

async function sendIn(at: Known, waitFor: 'DECIDED' | 'PROJECTED', due: number): Promise<void> {
  const seq = at.highest + 1;
  const body = `${seq} as it was sent`;
  at.sending = true;
  at.highest = seq;
  at.sent.set(seq, body);
  const data = await ask<{ sendMessage: SendAnswer }>(at.room.writer, send(at.room.id, body, waitFor));
  // Without an answer the next number is not known: the room is not used any more.
  if (!data) return;
  at.sending = false;
  const { receipt, message } = data.sendMessage;
  // The receipt is ACCEPTED where the read models take longer than the wait.
  if (receipt.status === 'ACCEPTED' && waitFor === 'PROJECTED') result.late++;
  else if (receipt.status !== 'SUCCEEDED' || message?.seq !== seq)
    wrong(`a message became ${JSON.stringify(data.sendMessage)}, not number ${seq}`);
  else at.acknowledged = { seq, position: receipt.position };
  if (waitFor === 'PROJECTED') result.lags.push({ at: due, ms: now() - due });
}

function check({ room, sent }: Known, nodes: readonly MessageNode[], from: number, count: number): void {
  if (nodes.length !== count) return wrong(`${nodes.length} messages instead of ${count}`);
  for (const [n, node] of nodes.entries()) {
    const seq = from + n;
    if (node.seq !== seq) return wrong(`message ${node.seq} at the place of ${seq}`);
    if (seq > room.lastSeq) {
      if (node.body !== sent.get(seq)) wrong(`message ${seq} says "${node.body}"`);
    } else if (seq <= room.settledSeq && !isDeepStrictEqual(node, expectedMessage(room.index, seq, users))) {
      wrong(`message ${seq} of room ${room.index} is ${JSON.stringify(node)}`);
    }
  }
}

/**
 * One half of the reads demands the known position; the other half demands none, and must never see less than before.
 */
async function readNewest(at: Known, strict: boolean): Promise<void> {
  const { acknowledged, room } = at;
  const { seen, unread } = at;
  const due = now();
  const data = await ask<{ room: RoomAnswer }>(room.reader, newest(room.id, strict ? acknowledged.position : null));
  if (!data) return;
  result.reads.push({ at: due, ms: now() - due });
  const { title, memberCount, unreadCount, messages } = data.room;
  const last = messages.nodes.at(-1)?.seq ?? 0;
  check(at, messages.nodes, last - PAGE + 1, PAGE);
  const least = strict ? acknowledged.seq : seen;
  if (last < least || last > at.highest)
    wrong(
      `the newest message is ${last}, of ${least} that are known and ${at.highest} that were sent ` +
        `(${strict ? 'strict' : 'plain'})`,
    );
  // The last member has read nothing: every message is unread.
  const leastUnread = strict ? acknowledged.seq : unread;
  if (unreadCount === null || unreadCount < leastUnread || unreadCount > at.highest)
    wrong(`${unreadCount} are unread, of at least ${leastUnread} and at most ${at.highest}`);
  if (memberCount !== room.memberCount || title !== room.title)
    wrong(`${title} has ${memberCount} members, not ${room.memberCount}`);
  if (!strict) {
    at.seen = Math.max(at.seen, last);
    at.unread = Math.max(at.unread, unreadCount ?? 0);
  }
}

async function readOlder(at: Known, n: number): Promise<void> {
  const { before, cursor } = at.room.cursors[n % at.room.cursors.length]!;
  const due = now();
  const data = await ask<{ room: RoomAnswer }>(at.room.reader, older(at.room.id, cursor));
  if (!data) return;
  result.reads.push({ at: due, ms: now() - due });
  check(at, data.room.messages.nodes, before - PAGE, PAGE);
}

const clients = known.map((at) => {
  const client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    lazy: false,
    retryAttempts: 0,
    connectionParams: { authorization: `Bearer ${at.room.reader}` },
  });
  client.subscribe<{ roomEvents: { message?: { seq: number } } }>(
    { query: EVENTS, variables: { roomId: at.room.id } },
    {
      next({ data, errors }) {
        if (errors) return failed(`a subscription: ${JSON.stringify(errors)}`);
        const seq = data?.roomEvents.message?.seq;
        if (seq === undefined) return;
        result.events++;
        if (seq !== at.heard + 1) wrong(`a subscriber heard ${seq} after ${at.heard}`);
        at.heard = seq;
      },
      error: (error) =>
        failed(`a subscription ended: ${error instanceof Error ? error.message : JSON.stringify(error)}`),
      complete: () => undefined,
    },
  );
  return client;
});

/** Takes the rooms in turn, at any speed of the answers. */
function every(perSecond: number, act: (turn: number, due: number) => Promise<void>): () => void {
  const step = 1_000 / perSecond;
  let next = now() + 1_000;
  let turn = 0;
  const timer = setInterval(() => {
    for (; next <= now(); next += step) void act(turn++, next).catch((error: unknown) => failed(String(error)));
  }, 2);
  return () => clearInterval(timer);
}

const stops = [
  every(sendsPerSecond, async (turn, due) => {
    // One message under way in a room, so that its number is known before.
    const free = known.map((_, n) => known[(turn + n) % known.length]!).find(({ sending }) => !sending);
    if (!free) return void result.held++;
    await sendIn(free, turn % 2 === 0 ? 'DECIDED' : 'PROJECTED', due);
  }),
  every(readsPerSecond, async (turn) => {
    const at = known[Math.floor(turn / 4) % known.length]!;
    await (turn % 2 === 0 ? readOlder(at, turn) : readNewest(at, turn % 4 === 1));
  }),
];

const isOver = (): boolean => asking === 0 && known.every(({ heard, highest }) => heard === highest);
parentPort!.on('message', () => {
  for (const stop of stops) stop();
  const asked = now();
  const wait = setInterval(() => {
    if (!isOver() && now() - asked < LOST_MS) return;
    clearInterval(wait);
    if (asking > 0) failed(`${asking} requests were never answered`);
    for (const { room, heard, highest } of known)
      if (heard !== highest) wrong(`a subscriber of room ${room.index} heard up to ${heard} of ${highest}`);
    for (const connection of idle) connection.close();
    for (const client of clients) void client.dispose();
    parentPort!.postMessage({ result });
    parentPort!.close();
  }, 10);
});
parentPort!.postMessage({ ready: true });
