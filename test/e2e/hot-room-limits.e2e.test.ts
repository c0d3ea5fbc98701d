import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import { until } from '../support/conditions.js';
import type { Deployment } from '../support/deployment.js';
import { openDeployment } from '../support/deployment.js';
import type { Fetched, HotRoom } from '../support/hot-room.js';
import {
  Flood,
  NEWEST,
  OLDER,
  PERSONAL,
  THRESHOLDS,
  codeOf,
  makeHot,
  onServer,
  openRoom,
  openSocket,
  overHttp,
} from '../support/hot-room.js';
import type { MadangProcess } from '../support/madang.js';
import { command, endOf, forgeToken, post, secondsFromNow, secretOf } from '../support/wire.js';

// Older pages of a hot room, its cost in reads, and the rate limit of sending.

const START_MS = 120_000;
let deployment: Deployment;
let processes: readonly MadangProcess[] = [];
let urls: readonly string[];

async function startBoth(env: Readonly<Record<string, string>>): Promise<void> {
  processes = [
    await deployment.start({ ...THRESHOLDS, ...env }),
    await deployment.start({ ...THRESHOLDS, ...env, MADANG_ROLES: 'api' }),
  ];
  urls = processes.map(({ url }) => url);
}
const stopBoth = (): Promise<unknown> => Promise.all(processes.map((each) => each.stop()));

beforeAll(async () => {
  deployment = await openDeployment('embedded');
}, START_MS);
afterEach(stopBoth);
afterAll(() => deployment?.[Symbol.asyncDispose]());

/** Fetches of hot rooms by outcome, over both processes. */
async function fetchesBy(): Promise<Readonly<Record<string, number>>> {
  const texts = await Promise.all(urls.map(async (url) => (await fetch(`${url}/metrics`)).text()));
  const counts: Record<string, number> = {};
  for (const [, outcome, count] of texts
    .join('\n')
    .matchAll(/^madang_hot_room_fetches_total\{state="HOT",outcome="(\w+)"\} (\d+)/gm))
    counts[outcome!] = (counts[outcome!] ?? 0) + Number(count);
  return counts;
}

/** The cursors of the room's messages, newest first: each leads to a page of its own. */
async function cursorsIn({ roomId, members }: HotRoom): Promise<readonly string[]> {
  const { data } = await members[0]!.ask<{ room: { messages: { edges: { cursor: string }[] } } }>(
    'query ($id: ID!) { room(id: $id) { messages(last: 100) { edges { cursor } } } }',
    { id: roomId },
  );
  return data!.room.messages.edges.map(({ cursor }) => cursor).reverse();
}

test(
  'some older pages are served, each other fetch is refused for a time of its own',
  async () => {
    await startBoth({});
    const room = await openRoom(urls, 24, 60);
    const cursors = await cursorsIn(room);
    await makeHot(deployment, room, urls);
    const page = (n: number, round: number): Promise<Fetched> =>
      overHttp(room.members[n]!)(OLDER, { id: room.roomId, before: cursors[n + round] });

    const began = performance.now();
    const first = await Promise.all(room.members.map((_, n) => page(n, 0)));
    const took = performance.now() - began;
    const refused = first.filter((answer) => codeOf(answer) === 'ROOM_HOT');
    // Ten a second, and ten saved up.
    expect(first.length - refused.length).toBeGreaterThanOrEqual(10);
    expect(first.length - refused.length).toBeLessThanOrEqual(10 + Math.ceil(took / 100));
    for (const answer of refused) {
      expect([answer.status, answer.room, answer.heat?.state]).toEqual([200, null, 'HOT']);
      expect(answer.errors).toEqual([
        {
          message: expect.stringContaining('fetch again after'),
          locations: [{ line: 1, column: expect.any(Number) }],
          path: ['room', 'messages'],
          extensions: { code: 'ROOM_HOT', retryAfterMs: expect.any(Number) },
        },
      ]);
    }
    const told = refused.map(({ errors }) => errors[0]!.extensions.retryAfterMs as number);
    expect(Math.min(...told)).toBeGreaterThan(0);
    expect(new Set(told).size).toBeGreaterThan(told.length / 2);

    // The other transport gives the same; and meanwhile the newest page is available to all members.
    await using socket = openSocket(room.members[0]!);
    const again = await Promise.all(
      cursors.slice(-25).map((before) => socket.fetch(OLDER, { id: room.roomId, before })),
    );
    const overSocket = again.find((answer) => codeOf(answer) === 'ROOM_HOT')!;
    expect([overSocket.errors[0]!.path, Object.keys(overSocket.errors[0]!.extensions), overSocket.heat?.state]).toEqual(
      [['room', 'messages'], ['code', 'retryAfterMs'], 'HOT'],
    );
    for (const query of [NEWEST, PERSONAL])
      expect(codeOf(await socket.fetch(query, { id: room.roomId }))).toBe('no error');

    const patient = first.map(async (answer, n) => {
      for (let last = answer; codeOf(last) !== 'no error'; last = await page(n, 0)) {
        expect(codeOf(last)).toBe('ROOM_HOT');
        await new Promise((resolve) => setTimeout(resolve, last.errors[0]!.extensions.retryAfterMs as number));
      }
    });
    await Promise.all(patient);
    expect((await fetchesBy()).refused).toBeGreaterThanOrEqual(refused.length);
  },
  START_MS,
);

test(
  'a page that many fetch at the same time is read once',
  async () => {
    await startBoth({});
    const room = await openRoom(urls, 16, 5);
    const cursors = await cursorsIn(room);
    await makeHot(deployment, room, urls);
    // Another page each time: the servers know the members from the first one on, and have none of the pages.
    for (const [round, before] of cursors.slice(0, 3).entries()) {
      const answers = await Promise.all(
        room.members.flatMap((member) => [0, 1, 2].map(() => overHttp(member)(OLDER, { id: room.roomId, before }))),
      );
      for (const { room: shown, text } of answers)
        expect({ text, bodies: shown?.messages.nodes.map(({ body }) => body) }).toEqual({
          text,
          bodies: [`message ${4 - round}`],
        });
    }
  },
  START_MS,
);

test(
  'a flood costs reads by its duration, not by its fetches',
  async () => {
    await startBoth({});
    const room = await openRoom(urls, 16, 10);
    // The reads of a backend are counted when it ends, at the latest.
    await stopBoth();
    const scans = async (): Promise<number> => {
      const database = new pg.Client({ connectionString: deployment.env.DATABASE_URL });
      await database.connect();
      const { rows } = await database.query<{ scans: string }>(
        'SELECT sum(seq_scan + coalesce(idx_scan, 0)) AS scans FROM pg_stat_user_tables ' +
          `WHERE relname IN ('rooms', 'members', 'messages', 'read_positions', 'reaction_counts')`,
      );
      await database.end();
      return Number(rows[0]!.scans);
    };
    await until(async () => (await scans()) > 0, 'the reads before to be counted');
    const before = await scans();

    await startBoth({});
    const members = room.members.map((user, n) => onServer(user, urls[n % 2]!));
    await makeHot(deployment, { ...room, members }, urls);
    const queries = [NEWEST, PERSONAL];
    const began = performance.now();
    const flood = new Flood(
      members.map((user, n) => () => overHttp(user)(queries[n % 2]!, { id: room.roomId })),
      () => 150,
    );
    await until(() => flood.answers.length >= 600, 'the flood', 60_000);
    await flood.stop();
    const seconds = (performance.now() - began) / 1_000;
    const { fresh = 0, cached = 0, coalesced = 0, ahead = 0, ...others } = await fetchesBy();
    expect(flood.faults()).toEqual([]);
    expect([others, fresh + cached + coalesced]).toEqual([{}, flood.answers.length]);
    // Each of the two reads a page at most every 150 ms.
    const reads = fresh + ahead;
    expect(reads).toBeLessThanOrEqual(2 * (seconds / 0.15 + 1));
    await stopBoth();
    // Each page with its room's row and its messages' reactions, each member once or twice on a server, and a read for
    // all personal fields ten times a second.
    expect((await scans()) - before).toBeLessThan(reads * 5 + members.length * 4 + seconds * 2 * 10 * members.length);
    expect((await scans()) - before).toBeLessThan(flood.answers.length);
  },
  START_MS,
);

test(
  'an invalid request gets the usual error',
  async () => {
    await startBoth({});
    const room = await openRoom(urls, 1, 1);
    const [url, { token }] = [urls[0]!, room.members[0]!];
    const forged = await forgeToken(randomBytes(32), { sub: 'x', handle: 'x' }, secondsFromNow(60));
    const expired = await forgeToken(
      await secretOf(deployment, 'token_key'),
      { sub: 'x', handle: 'x' },
      secondsFromNow(-60),
    );
    const body = JSON.stringify({ query: NEWEST, variables: { id: room.roomId } });
    const sent: readonly (readonly [string, string | undefined])[] = [
      ...[forged, expired, 'x', ''].map((wrong) => [body, `Bearer ${wrong}`] as const),
      [body, undefined],
      ...[
        '',
        '{',
        'null',
        '[]',
        '"text"',
        `${body}}`,
        `[${body}]`,
        '{"query":7}',
        '{"query":""}',
        JSON.stringify({ query: NEWEST, variables: 'x' }),
      ].map((wrong) => [wrong, `Bearer ${token}`] as const),
      ...[{}, { id: 7 }, { id: 'nowhere' }, { id: randomUUID() }].map(
        (variables) => [JSON.stringify({ query: NEWEST, variables }), `Bearer ${token}`] as const,
      ),
      [JSON.stringify({ query: NEWEST.replace('20', '1000'), variables: { id: room.roomId } }), `Bearer ${token}`],
      [JSON.stringify({ query: NEWEST.replace('title', 'titel'), variables: { id: room.roomId } }), `Bearer ${token}`],
      [JSON.stringify({ query: NEWEST, operationName: 'Other', variables: { id: room.roomId } }), `Bearer ${token}`],
    ];
    const told = (): Promise<readonly unknown[]> =>
      Promise.all(
        sent.map(async ([text, authorization]) => {
          const answer = await post(url, text, authorization === undefined ? {} : { authorization });
          // The heat and the trace of an answer are not compared.
          const { extensions: _heat, ...rest } = JSON.parse(answer.text) as Record<string, unknown>;
          return [answer.status, answer.headers.get('content-type'), rest];
        }),
      );
    const normal = await told();
    await makeHot(deployment, room, [url]);
    expect(codeOf(await overHttp(room.members[0]!)(NEWEST, { id: room.roomId }))).toBe('no error');
    expect(await told()).toEqual(normal);
  },
  START_MS,
);

test(
  'by default a user may send ten messages at once and five a second in all',
  async () => {
    await startBoth({ SEND_LIMIT_PER_SECOND: '' });
    const room = await openRoom(urls, 2, 1);
    const [, ann] = room.members;
    const places = urls.map((url) => onServer(ann!, url));
    const commandIds = Array.from({ length: 24 }, () => randomUUID());
    const send = (n: number) =>
      command(places[n % 2]!, 'sendMessage', { roomId: room.roomId, body: `sent ${n}`, commandId: commandIds[n] });

    const began = performance.now();
    const answers = await Promise.all(commandIds.map((_, n) => send(n)));
    const took = performance.now() - began;
    const refused = [...answers.entries()].filter(([, answer]) => endOf(answer) === 'TOO_MANY_REQUESTS');
    expect(answers.map(endOf).filter((end) => end !== 'SUCCEEDED' && end !== 'TOO_MANY_REQUESTS')).toEqual([]);
    expect(answers.length - refused.length).toBeGreaterThanOrEqual(10);
    expect(answers.length - refused.length).toBeLessThanOrEqual(10 + Math.ceil(took / 200));
    expect(refused.length).toBeGreaterThan(0);
    for (const [, { errors }] of refused) {
      const { retryAfterMs } = errors[0]!.extensions as { retryAfterMs?: number };
      expect(retryAfterMs).toBeGreaterThan(0);
      expect(retryAfterMs).toBeLessThanOrEqual(200);
    }
    // Other users may send, and the same command succeeds when it is sent again.
    expect(endOf(await command(room.members[0]!, 'sendMessage', { roomId: room.roomId, body: 'from another' }))).toBe(
      'SUCCEEDED',
    );
    const [n] = refused[0]!;
    await until(async () => endOf(await send(n)) === 'SUCCEEDED', 'it to be sent again');
  },
  START_MS,
);
