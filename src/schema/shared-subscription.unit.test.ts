import type { ExecutionResult } from 'graphql';
import { parse } from 'graphql';
import { pino } from 'pino';
import { traceId, userId, commandId, position, streamId } from '../engine/domain/ids.js';
import { roomId } from '../events/ids.js';
import type { RecordedEvent } from '../events/event.js';
import type { GroupQuery } from '../engine/fan-out/group-query.js';
import type { Sink, Subscriber } from '../engine/fan-out/subscriber.js';
import { createCursorSigner } from '../engine/gateway/signed-cursor.js';
import type { Identity } from '../server/identity/identity.js';
import { createLogEpochs } from '../engine/log/known-epochs.js';
import { createMetrics } from '../metrics.js';
import { buildApiSchema } from './build-schema.js';
import { requestContext, sharedContext } from './context-factory.js';
import type { ApiServices } from './services.js';
import { subscribeShared } from './shared-subscription.js';
import { requireViewer, viewerOf } from './viewer.js';

const schema = buildApiSchema();
const logger = pino({ level: 'silent' });
const ROOM = '6f1c2b5e-93a0-5c7e-8a51-0d2f4b6a8c01';
const cursorSigner = createCursorSigner(Buffer.alloc(32, 1));
const ada: Identity = { userId: userId('ada'), handle: 'ada', name: 'Ada', roles: [], expiresAt: new Date(8e15) };
const sink: Sink = {
  transport: 'websocket',
  backlog: () => 0,
  next: () => undefined,
  deliver: () => true,
};

interface Start {
  readonly after?: string | null;
  readonly viewer?: Identity | null;
  readonly room?: string;
}

/** One room with one member, and a fan-out that records its calls. */
function setup({ userError = null as Error | null, hasLeft = false } = {}) {
  const asked: { readonly query: GroupQuery; readonly after: number; readonly subscriber: Subscriber }[] = [];
  const services = {
    cursorSigner,
    epochs: createLogEpochs(),
    partitions: 1,
    metrics: createMetrics(),
    isTransient: (error: unknown) => error instanceof Error && error.message === 'away',
    progress: { settled: () => Promise.resolve(true), reached: () => Promise.resolve(true) },
    commands: { lastWrites: () => [] },
    heat: { of: () => ({ state: 'NORMAL' }) },
    // The memory of this process; the read model may lag behind it.
    memberships: { isMember: (_room: string, id: string) => Promise.resolve(id === 'ada' && !hasLeft) },
    queries: {
      rooms: { byIds: (ids: readonly string[]) => Promise.resolve(ids.map((id) => ({ id }))) },
      members: {
        areMembers: (pairs: readonly { readonly userId: string }[]) =>
          Promise.resolve(pairs.map((pair) => pair.userId === 'ada')),
      },
      users: {
        remembered: () => null,
        isDeleted: () => false,
        byIds: (ids: readonly string[]) =>
          userError ? Promise.reject(userError) : Promise.resolve(ids.map((id) => ({ id, handle: id, name: id }))),
      },
    },
    fanOut: {
      position: () => position(7),
      head: () => Promise.resolve(position(9)),
      subscribe(query: GroupQuery, after: number, subscriber: Subscriber) {
        asked.push({ query, after, subscriber });
        subscriber.signal.addEventListener('abort', () => subscriber.ended({ reason: 'cancelled' }), { once: true });
        return new Promise<void>(() => undefined);
      },
    },
  } as unknown as ApiServices;

  const connection = new AbortController();
  const start = async (selection: string, { after = null, viewer = ada, room = ROOM }: Start = {}) => {
    const document = parse(
      `subscription($room: ID!, $after: Position) { roomEvents(roomId: $room, after: $after) { ${selection} } }`,
    );
    const contextValue = requestContext(services, {
      viewer,
      traceId: traceId('0'),
      logger,
      signal: connection.signal,
      sink,
    });
    return subscribeShared({ schema, document, variableValues: { room, after }, contextValue });
  };
  return { asked, connection, services, start };
}

async function running(started: Promise<AsyncGenerator<ExecutionResult, void, void> | ExecutionResult>) {
  const results = await started;
  if (!(Symbol.asyncIterator in results)) throw new Error(JSON.stringify(results));
  return results;
}
const codeOf = (result: object): unknown =>
  'errors' in result ? (result as ExecutionResult).errors?.[0]?.extensions : null;
const at = (place: number): string => cursorSigner.position({ partition: 0, position: position(place) });
const done = { done: true, value: undefined };

const posted: RecordedEvent = {
  partition: 0,
  position: position(8),
  key: ROOM,
  stream: streamId(`room-${ROOM}`),
  version: 2,
  event: { type: 'MessagePosted', data: { roomId: roomId(ROOM), seq: 1, authorId: userId('ada'), body: 'hello' } },
  commandId: commandId('c'),
  traceId: traceId('1'),
  at: new Date(0),
};

test('an event is executed once for the group, and serialised', async () => {
  const { asked, start } = setup();
  const results = await running(
    start('position ... on MessagePosted { message { seq author { name } reactions { emoji } } }'),
  );
  void results.next();
  expect(asked[0]?.after).toBe(7);
  expect(JSON.parse((await asked[0]!.query.render([posted]))[0]!)).toEqual({
    data: { roomEvents: { position: at(8), message: { seq: 1, author: { name: 'ada' }, reactions: [] } } },
  });
  const created = {
    ...posted,
    event: { type: 'RoomCreated', data: { roomId: roomId(ROOM), title: 't', createdBy: userId('ada') } },
  } as const;
  expect(asked[0]!.query.audience!(created)).toBe('nobody');
  await results.return();
});

test('ends quietly when the client, the connection or the membership ends', async () => {
  const { asked, connection, start } = setup();
  const ended = await running(start('position'));
  const waiting = ended.next();
  await ended.return();
  expect(await waiting).toEqual(done);

  const left = await running(start('position'));
  const leaving = left.next();
  asked.at(-1)!.subscriber.ended({ reason: 'left' });
  expect(await leaving).toEqual(done);

  const gone = await running(start('position'));
  const cut = gone.next();
  connection.abort();
  expect(await cut).toEqual(done);
});

test('a subscription that ended before it began is not subscribed', async () => {
  const { asked, start } = setup();
  const results = await running(start('position'));
  await results.return();
  expect(await results.next()).toEqual(done);
  expect(asked).toEqual([]);
});

test.each([
  ['lagged', { reason: 'lagged', position: position(5) }, { code: 'SUBSCRIPTION_LAGGED', position: at(5) }],
  [
    'failed for the moment',
    { reason: 'failed', error: new Error('away') },
    { code: 'UNAVAILABLE', retryAfterMs: 1000 },
  ],
  ['stopping', { reason: 'stopping' }, { code: 'UNAVAILABLE', retryAfterMs: 1000 }],
] as const)('reports the reason where it is %s', async (_how, end, extensions) => {
  const { asked, start } = setup();
  const results = await running(start('position'));
  const waiting = results.next();
  asked[0]!.subscriber.ended(end);
  await expect(waiting).rejects.toMatchObject({ extensions });
  expect(await results.next()).toEqual(done);
});

test('an execution that failed for the moment gives no result: subscribers resume', async () => {
  const message = 'position ... on MessagePosted { message { author { name } } }';
  const away = setup({ userError: new Error('away') });
  void (await running(away.start(message))).next();
  await expect(away.asked[0]!.query.render([posted])).rejects.toThrow('away');

  const broken = setup({ userError: new Error('a bug') });
  void (await running(broken.start(message))).next();
  expect(JSON.parse((await broken.asked[0]!.query.render([posted]))[0]!)).toMatchObject({
    data: null,
    errors: [{ extensions: { code: 'INTERNAL' } }],
  });
});

test('a stranger, or a place where it cannot begin, is an error before anything runs', async () => {
  const { start } = setup();
  expect(codeOf(await start('position', { viewer: null }))).toEqual({ code: 'UNAUTHENTICATED' });
  expect(codeOf(await start('position', { viewer: { ...ada, userId: userId('bob') } }))).toEqual({ code: 'FORBIDDEN' });
  expect(codeOf(await start('position', { room: 'no id' }))).toEqual({ code: 'NOT_FOUND' });
  expect(codeOf(await start('position', { after: 'made up' }))).toEqual({ code: 'POSITION_GONE' });
  expect(
    codeOf(await start('position', { after: cursorSigner.position({ partition: 1, position: position(1) }) })),
  ).toEqual({
    code: 'POSITION_GONE',
  });
  expect(codeOf(await start('position', { after: at(10) }))).toEqual({ code: 'POSITION_GONE' });
  expect(codeOf(await start('position', { after: at(9) }))).toBeNull();
});

test('a user who left is refused, though the read model does not know it yet', async () => {
  const { asked, start } = setup({ hasLeft: true });
  expect(codeOf(await start('position'))).toEqual({ code: 'FORBIDDEN' });
  expect(asked).toEqual([]);
});

test('in a shared context, asking for the viewer is a fault, not nobody', () => {
  const shared = sharedContext(setup().services, {
    traceId: traceId('0'),
    logger,
    signal: new AbortController().signal,
  });
  expect(() => viewerOf(shared)).toThrow('viewerDependent');
  expect(() => requireViewer(shared)).toThrow('viewerDependent');
});

describe('batches', () => {
  const batches = (after: string, batchMs = 250) =>
    `subscription { roomEventBatches(roomId: "${ROOM}", after: "${after}", batchMs: ${batchMs})
      { position events { position ... on MessagePosted { message { body } } } } }`;
  const startBatches = async (answerBytes = 1 << 20, batchMs?: number) => {
    const { asked, services } = setup();
    const contextValue = requestContext(
      { ...services, answerBytes },
      {
        viewer: ada,
        traceId: traceId('0'),
        logger,
        signal: new AbortController().signal,
        sink,
      },
    );
    const started = await subscribeShared({ schema, document: parse(batches(at(1), batchMs)), contextValue });
    if (Symbol.asyncIterator in started) void started.next();
    return { asked, started };
  };
  const events = Array.from({ length: 9 }, (_, n): RecordedEvent => ({ ...posted, position: position(n + 1) }));
  const shown = (results: readonly string[]) =>
    results.map((result) => (JSON.parse(result) as { data: { roomEventBatches: object } }).data.roomEventBatches);
  const batch = (from: number, to: number) => ({
    position: at(to),
    events: events.slice(from - 1, to).map((event) => ({ position: at(event.position), message: { body: 'hello' } })),
  });

  test('are one execution and one result, with the position of the last event', async () => {
    const { asked } = await startBatches();
    expect(asked[0]!.query.batch).toEqual({ ms: 250, max: 200 });
    expect(shown(await asked[0]!.query.render(events))).toEqual([batch(1, 9)]);
  });

  test('that are too large for one answer become several, and nothing is left out', async () => {
    const { asked } = await startBatches(500);
    const results = shown(await asked[0]!.query.render(events)) as ReturnType<typeof batch>[];
    expect(results.length).toBeGreaterThan(1);
    expect(results.flatMap((each) => each.events)).toEqual(batch(1, 9).events);
    for (const { position: last, events: of } of results) expect(last).toBe(of.at(-1)!.position);
  });

  test.each([0, 49, 10_001, -1])('a window of %i ms is refused', async (batchMs) => {
    const { started } = await startBatches(1 << 20, batchMs);
    expect(codeOf(started)).toMatchObject({ code: 'BAD_USER_INPUT', field: 'batchMs' });
  });
});
