import { until } from '../support/conditions.js';
import type { Deployment } from '../support/deployment.js';
import { engines, openDeployment } from '../support/deployment.js';
import type { Fetch, Fetched, HotRoom } from '../support/hot-room.js';
import {
  Flood,
  NEWEST,
  OLDER,
  PERSONAL,
  THRESHOLDS,
  codeOf,
  keepCool,
  makeHot,
  onServer,
  openRoom,
  openSocket,
  overHttp,
} from '../support/hot-room.js';
import type { MadangProcess } from '../support/madang.js';
import type { WireUser } from '../support/wire.js';
import { commanded, post, signInOnWire } from '../support/wire.js';

// The answers of many members who fetch from a hot room at once, on two servers: only members see anything, and each
// member gets own values.

describe.each(engines)('on %s', (engine) => {
  let deployment: Deployment;
  let processes: readonly MadangProcess[];
  let urls: readonly string[];
  let room: HotRoom;
  beforeAll(async () => {
    deployment = await openDeployment(engine);
    processes = [await deployment.start(THRESHOLDS), await deployment.start({ ...THRESHOLDS, MADANG_ROLES: 'api' })];
    urls = processes.map(({ url }) => url);
    room = await openRoom(urls, 16, 30);
    await makeHot(deployment, room, urls);
  }, 180_000);
  afterAll(async () => {
    await Promise.all((processes ?? []).map((each) => each.stop()));
    await deployment?.[Symbol.asyncDispose]();
  });

  const id = (): Readonly<Record<string, unknown>> => ({ id: room.roomId });
  /** Ten of the members fetch from both servers, without a pause. */
  const flood = (rate = 60): Flood =>
    new Flood(
      room.members.slice(6).map((user, n) => () => overHttp(user)(n % 4 === 0 ? PERSONAL : NEWEST, id())),
      () => rate,
    );

  interface Way extends AsyncDisposable {
    readonly name: string;
    readonly fetch: Fetch;
  }
  /** A user's ways to a page: both transports, on both servers. */
  function waysOf(user: WireUser): readonly Way[] {
    return urls.flatMap((url, n) => {
      const there = onServer(user, url);
      const socket = openSocket(there);
      return [
        { name: `HTTP ${n}`, fetch: overHttp(there), [Symbol.asyncDispose]: () => Promise.resolve() },
        { name: `WebSocket ${n}`, ...socket },
      ];
    });
  }
  async function withWays<T>(user: WireUser, use: (ways: readonly Way[]) => Promise<T>): Promise<T> {
    const ways = waysOf(user);
    try {
      return await use(ways);
    } finally {
      await Promise.all(ways.map((way) => way[Symbol.asyncDispose]()));
    }
  }
  const refused = (answer: Fetched): void => {
    expect(codeOf(answer)).toBe('FORBIDDEN');
    expect(answer.text).not.toContain('message ');
  };

  test('every answer to a fetch contains the heat', async () => {
    await using _flood = flood();
    await withWays(room.members[1]!, async (ways) => {
      for (const { fetch } of ways) {
        for (const query of [NEWEST, PERSONAL, OLDER, OLDER]) {
          const { heat, room: shown, errors, status } = await fetch(query, { ...id(), before: null });
          expect([status, errors, shown?.messages.nodes.at(-1)?.body]).toEqual([200, [], 'message 30']);
          expect(heat).toEqual({
            roomId: room.roomId,
            state: 'HOT',
            paceMs: expect.any(Number),
            until: expect.stringMatching(/^20\d\d-.*Z$/),
          });
          expect(heat!.paceMs).toBeGreaterThanOrEqual(500);
        }
      }
    });
    const cool = await openRoom(urls, 1, 1);
    expect((await overHttp(cool.members[0]!)(NEWEST, { id: cool.roomId })).heat).toBeNull();
  });

  test('a stranger never gets a page, while all members get the same one', async () => {
    const stranger = await signInOnWire(urls[0]!, 'stranger');
    await using _flood = flood();
    await withWays(stranger, async (ways) => {
      const answers = await Promise.all(
        ways.flatMap(({ fetch }) =>
          Array.from({ length: 15 }, (_, n) => fetch([NEWEST, PERSONAL, OLDER][n % 3]!, id())),
        ),
      );
      for (const answer of answers) refused(answer);
    });
    const anonymous = await post(urls[0]!, JSON.stringify({ query: NEWEST, variables: id() }));
    expect(anonymous.errors[0]?.extensions.code).toBe('UNAUTHENTICATED');
  });

  test('a member who has left gets no page, on any server, until coming back', async () => {
    await using running = flood();
    for (const [round, leaver] of room.members.slice(1, 6).entries()) {
      await withWays(leaver, async (ways) => {
        // In the middle of fetches of their own, so that every memory and every read under way knows this member.
        const answers: Fetched[] = [];
        const over = new AbortController();
        const fetching = ways.map(async ({ fetch }) => {
          for (let n = 0; !over.signal.aborted; n++) answers.push(await fetch([NEWEST, PERSONAL][n % 2]!, id()));
        });
        await until(() => answers.length > 4 * ways.length, 'pages of their own');
        await commanded(leaver, 'leaveRoom', { roomId: room.roomId });
        const left = performance.now();
        await commanded(room.members[0]!, 'sendMessage', { roomId: room.roomId, body: `secret ${round}` });
        for (const answer of await Promise.all(ways.flatMap(({ fetch }) => [fetch(NEWEST, id()), fetch(OLDER, id())])))
          refused(answer);
        over.abort();
        await Promise.all(fetching);
        expect(answers.filter(({ room: shown }) => shown !== null).length).toBeGreaterThan(ways.length);
        for (const answer of answers) if (answer.askedAt > left) refused(answer);
        for (const { text } of answers) expect(text).not.toContain(`secret ${round}`);

        await commanded(leaver, 'joinRoom', { roomId: room.roomId }, 'PROJECTED');
        for (const { fetch } of ways) expect(codeOf(await fetch(NEWEST, id()))).toBe('no error');
      });
    }
    await running.stop();
    expect(running.faults()).toEqual([]);
  }, 120_000);

  test.each([
    ['of a hot room', makeHot, 1],
    ['in a burst, of a room that is not hot', keepCool, 6],
  ] as const)(
    "what is a member's own stays so, though all ask the same at once: %s",
    async (_when, prepare, times) => {
      const asked = await openRoom(urls, 13, 14);
      // Without the author of all of them, who has read them by posting.
      const readers = asked.members.slice(1).map((user, n) => ({ user, seq: n + 1 }));
      const { data } = await readers[0]!.user.ask<{ room: { messages: { nodes: { id: string; seq: number }[] } } }>(
        'query ($id: ID!) { room(id: $id) { messages { nodes { id seq } } } }',
        { id: asked.roomId },
      );
      const idOf = new Map(data!.room.messages.nodes.map((node) => [node.seq, node.id]));
      await Promise.all(
        readers.flatMap(({ user, seq }) => [
          commanded(user, 'markRead', { roomId: asked.roomId, seq }, 'PROJECTED'),
          commanded(user, 'addReaction', { roomId: asked.roomId, messageId: idOf.get(seq)!, emoji: '👍' }, 'PROJECTED'),
        ]),
      );
      await prepare(deployment, asked, urls);

      const ways = readers.map((reader) => ({ ...reader, ways: waysOf(reader.user) }));
      try {
        for (let round = 0; round < 3; round++) {
          await Promise.all(
            ways.flatMap(({ seq, ways: own }) =>
              Array.from({ length: times }, () => own)
                .flat()
                .map(async ({ name, fetch }) => {
                  const { room: shown, text } = await fetch(PERSONAL, { id: asked.roomId });
                  const mine = shown?.messages.nodes.flatMap((node) =>
                    node.reactions?.some((reaction) => reaction.mine) ? [node.seq] : [],
                  );
                  const counts = shown?.messages.nodes.slice(0, 12).map((node) => node.reactions?.[0]?.count);
                  expect({ name, text, mine, counts, read: shown?.myReadSeq, unread: shown?.unreadCount }).toEqual({
                    name,
                    text,
                    mine: [seq],
                    counts: Array.from({ length: 12 }, () => 1),
                    read: seq,
                    unread: 14 - seq,
                  });
                }),
            ),
          );
        }
      } finally {
        await Promise.all(ways.flatMap(({ ways: own }) => own.map((way) => way[Symbol.asyncDispose]())));
      }
      const texts = await Promise.all(urls.map(async (url) => (await fetch(`${url}/metrics`)).text()));
      const shared = new RegExp(
        `^madang_hot_room_fetches_total\\{state="${prepare === makeHot ? 'HOT' : 'NORMAL'}",` +
          'outcome="(?:coalesced|cached)"\\} [1-9]',
        'm',
      );
      for (const text of texts) expect(text).toMatch(shared);
    },
    120_000,
  );

  test('an author reads the message at once on the same server, elsewhere by position', async () => {
    await using running = flood();
    await Promise.all(
      [6, 7, 8].map(async (n) => {
        const writer = room.members[n]!;
        const elsewhere = overHttp(
          onServer(
            writer,
            urls.find((url) => url !== writer.url)!,
          ),
        );
        await using socket = openSocket(writer);
        for (let message = 0; message < 8; message++) {
          const body = `${n} wrote ${message}`;
          const { receipt } = await commanded(writer, 'sendMessage', { roomId: room.roomId, body });
          const bodies = async (fetch: Fetch, query: string, more = {}): Promise<readonly string[]> =>
            (await fetch(query, { ...id(), ...more })).room!.messages.nodes.map((node) => node.body);
          expect(
            await bodies([overHttp(writer), socket.fetch][message % 2]!, [NEWEST, PERSONAL][(message >> 1) % 2]!),
          ).toContain(body);
          const at = NEWEST.replace('$id: ID!', '$id: ID!, $at: Position').replace('id: $id', 'id: $id, atLeast: $at');
          expect(await bodies(elsewhere, at, { at: receipt.position })).toContain(body);
        }
      }),
    );
    await running.stop();
    expect(running.faults()).toEqual([]);
  }, 120_000);

  test('no page is older than the pace', async () => {
    const [writer, reader] = [room.members[9]!, room.members[10]!];
    await using _flood = flood();
    const fetches = [
      overHttp(reader),
      overHttp(
        onServer(
          reader,
          urls.find((url) => url !== reader.url)!,
        ),
      ),
    ];
    for (let message = 0; message < 4; message++) {
      const body = `fresh ${message}`;
      await commanded(writer, 'sendMessage', { roomId: room.roomId, body }, 'PROJECTED');
      const written = performance.now();
      let late = 0;
      while (late < 4) {
        const answer = await fetches[late % 2]!(NEWEST, id());
        if (answer.askedAt < written + answer.heat!.paceMs) continue;
        late++;
        expect(answer.room!.messages.nodes.map((node) => node.body)).toContain(body);
      }
    }
  });
});
