import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createTestDatabase } from '../support/database.js';
import { until } from '../support/conditions.js';
import { engines } from '../support/deployment.js';
import type { MadangProcess } from '../support/madang.js';
import { startMadang } from '../support/madang.js';

const PROGRAM = [join(process.cwd(), 'scripts/example.mjs'), 'auction'];

type Data = Readonly<Record<string, unknown>>;

async function ask(url: string, query: string, token?: string): Promise<Data> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = (await response.json()) as { readonly data: Data; readonly errors?: unknown };
  expect(errors).toBeUndefined();
  return data;
}

interface LotEvent {
  readonly type: string;
  readonly position: string;
  readonly amount: number | null;
  readonly bidder: string | null;
}

/** The events of a lot, over SSE. */
function follow(url: string, lot: string, after: string): AsyncDisposable & { readonly events: readonly LotEvent[] } {
  const events: LotEvent[] = [];
  const leaving = new AbortController();
  const query = `subscription { lotEvents(lotId: "${lot}", after: "${after}") { type position amount bidder } }`;
  const reading = (async () => {
    const response = await fetch(`${url}/graphql/stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query }),
      signal: leaving.signal,
    });
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      const parts = (text + chunk).split('\n\n');
      text = parts.pop()!;
      for (const part of parts.filter((each) => each.startsWith('event: next')))
        events.push((JSON.parse(part.slice(part.indexOf('{'))) as { data: { lotEvents: LotEvent } }).data.lotEvents);
    }
  })().catch(() => undefined);
  return {
    events,
    async [Symbol.asyncDispose]() {
      leaving.abort();
      await reading;
    },
  };
}

const signIn = async (url: string, name: string): Promise<string> =>
  (await ask(url, `mutation { signIn(name: "${name}") }`)).signIn as string;

describe.each(engines)('the auction, another domain on the engine, on %s', (engine) => {
  test('bids are decided, shown, pushed and resumed over kill -9', async () => {
    await using database = await createTestDatabase();
    const start = (): Promise<MadangProcess> =>
      startMadang({
        program: PROGRAM,
        env: {
          DATABASE_URL: database.url,
          ...(engine === 'kafka' ? { KAFKA_BROKERS: process.env.TEST_KAFKA_BROKERS!, TOPIC_PREFIX: prefix } : {}),
        },
      });
    const prefix = `auction${randomBytes(4).toString('hex')}`;
    const outcome = 'code position';
    await using first = await start();
    const [ann, bob] = [await signIn(first.url, 'ann'), await signIn(first.url, 'bob')];
    const open = (lot: string, closesAt: string) =>
      ask(
        first.url,
        `mutation { o: openLot(lotId: "${lot}", title: "A ${lot}", closesAt: "${closesAt}") { ${outcome} } }`,
        ann,
      );
    const bid = async (url: string, who: string, lot: string, amount: number) =>
      (await ask(url, `mutation { b: placeBid(lotId: "${lot}", amount: ${amount}) { ${outcome} } }`, who)).b;

    const { o: opened } = (await open('vase', '2100-01-01T00:00:00Z')) as { o: { position: string } };
    await open('clock', '2020-01-01T00:00:00Z');
    await using live = follow(first.url, 'vase', opened.position);
    expect(await bid(first.url, ann, 'vase', 10)).toMatchObject({ code: null });
    expect(await bid(first.url, bob, 'vase', 10)).toMatchObject({ code: 'BID_TOO_LOW' });
    expect(await bid(first.url, bob, 'vase', 12)).toMatchObject({ code: null });
    expect(await bid(first.url, bob, 'clock', 5)).toMatchObject({ code: 'LOT_CLOSED' });
    expect(await bid(first.url, bob, 'lamp', 5)).toMatchObject({ code: 'LOT_NOT_FOUND' });
    expect((await ask(first.url, 'mutation { placeBid(lotId: "vase", amount: 99) { code } }')).placeBid).toEqual({
      code: 'UNAUTHENTICATED',
    });
    await until(() => live.events.length === 2, 'both bids are pushed');
    expect(live.events).toMatchObject([
      { type: 'BidPlaced', amount: 10, bidder: 'ann' },
      { type: 'BidPlaced', amount: 12, bidder: 'bob' },
    ]);
    await first.kill();

    await using second = await start();
    await using resumed = follow(second.url, 'vase', live.events[0]!.position);
    expect(await bid(second.url, ann, 'vase', 15)).toMatchObject({ code: null });
    await until(() => resumed.events.length === 2, 'the rest is pushed');
    expect(resumed.events.map(({ amount }) => amount)).toEqual([12, 15]);
    expect((await ask(second.url, '{ lot(id: "vase") { title highest bidder } }')).lot).toEqual({
      title: 'A vase',
      highest: 15,
      bidder: 'ann',
    });
    expect(await second.stop()).toBe(0);
  }, 120_000);
});
