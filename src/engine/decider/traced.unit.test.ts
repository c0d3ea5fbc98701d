import type { CommandEnvelope } from '../domain/envelope.js';
import { commandId, offset, position, spanId, traceId, userId } from '../domain/ids.js';
import type { CommandBatch, CommandHandler, CommandLog, CommandRecord } from '../log/command-log.js';
import type { DecidedBatch, EventFeed } from '../log/event-feed.js';
import type { Commit, CommitResult, EventStore, Outcome } from '../store/event-store.js';
import { recordSpans } from '../testing/recorded-spans.js';
import { traceDecisions } from './traced.js';

const record = (at: number, trace: string, span?: string): CommandRecord => {
  const command: CommandEnvelope = {
    commandId: commandId(`c${at}`),
    type: 'Test',
    schema: 1,
    key: 'k',
    userId: userId('u'),
    traceId: traceId(trace),
    ...(span === undefined ? {} : { span: spanId(span) }),
    at: '2026-01-01T00:00:00.000Z',
    data: {},
  };
  return { offset: offset(at), command };
};
const batchOf = (...records: CommandRecord[]): CommandBatch => ({
  partition: 3,
  records,
  next: offset(records.length),
  markBefore: () => null,
});
const outcomeOf = (given: CommandRecord, rejection: Outcome['rejection'] = null): Outcome => {
  if ('unreadable' in given) throw new Error('it has no outcome');
  const { commandId: id, userId: user, traceId: trace, span, key, at } = given.command;
  return {
    commandId: id,
    fingerprint: '',
    userId: user,
    traceId: trace,
    span,
    key,
    offset: given.offset,
    at: new Date(at),
    rejection,
    events: [],
  };
};
const signal = new AbortController().signal;

/** A decider's parts on a log that hands over a batch, and a store and a feed that take everything. */
async function openSite(handle: CommandHandler['handle'], result: CommitResult['status'] = 'committed') {
  const { tracer, spans } = recordSpans();
  const handlers: CommandHandler[] = [];
  const decided: DecidedBatch = { partition: 3, epoch: null, head: position(0), events: [], receipts: [] };
  const log = {
    queue: 'commands',
    consume: ({ handler }: { readonly handler: CommandHandler }) => Promise.resolve(void handlers.push(handler)),
  };
  const store = {
    commit: () => Promise.resolve({ status: result, batch: decided, timing: { waitMs: 1, commitMs: 2 } }),
  };
  const feed = { publish: () => Promise.resolve() };
  const parts = traceDecisions(
    {
      log: log as unknown as CommandLog,
      store: store as unknown as EventStore,
      feed: feed as unknown as EventFeed,
    },
    tracer,
  );
  await parts.log.consume({ group: 'g', maxBatch: 500, handler: { handle } as CommandHandler });
  return { parts, spans, handled: (batch: CommandBatch) => handlers[0]!.handle(batch, signal) };
}

const commitOf = (outcomes: readonly Outcome[]): Commit => ({ partition: 3, outcomes }) as unknown as Commit;

test('a batch without a sampled command is handed over as it came', async () => {
  const seen: CommandBatch[] = [];
  const { handled, spans } = await openSite((batch) => Promise.resolve(void seen.push(batch)));
  const batch = batchOf(record(0, 'a'), { offset: offset(1), unreadable: { reason: 'x', payload: '', key: null } });
  await handled(batch);
  expect(seen[0]).toBe(batch);
  expect(spans).toEqual([]);
});

test('a sampled command is decided in a span of its own, with a link to its batch', async () => {
  const site = await openSite(async ({ records }) => {
    const refused = { code: 'NOT_A_MEMBER', message: 'not shown' };
    await site.parts.store.commit(
      commitOf(records.map((given, index) => outcomeOf(given, index === 2 ? refused : null))),
    );
  });
  await site.handled(batchOf(record(0, 'a'), record(1, 'b', 'x'), record(2, 'c', 'y')));
  const place = (index: number) => site.spans[index]!.place;
  expect(site.spans).toMatchObject([
    { name: 'decide Test', traceId: 'b', parent: 'x', links: [place(2)], code: null, ends: 1 },
    { name: 'decide Test', traceId: 'c', parent: 'y', links: [place(2)], code: null, ends: 1 },
    { name: 'store batch', traceId: 'b', parent: place(0).span, links: [place(1)], code: null, ends: 1 },
  ]);
  expect(site.spans[1]!.attributes).toMatchObject({ 'madang.rejection': 'NOT_A_MEMBER', 'madang.events': 0 });
  expect(site.spans[2]!.attributes).toMatchObject({ 'madang.result': 'committed', 'madang.commands': 3 });
  expect(JSON.stringify(site.spans)).not.toContain('not shown');
});

test('a batch that fails ends its spans with the code, and a repetition has new ones', async () => {
  let attempts = 0;
  const { handled, spans } = await openSite(() =>
    ++attempts === 1 ? Promise.reject(Object.assign(new Error('x'), { code: 'SUPERSEDED' })) : Promise.resolve(),
  );
  const batch = batchOf(record(0, 'a', 'x'));
  await expect(handled(batch)).rejects.toMatchObject({ code: 'SUPERSEDED' });
  await handled(batch);
  expect(spans).toMatchObject([
    { name: 'decide Test', parent: 'x', code: 'SUPERSEDED', ends: 1 },
    { name: 'decide Test', parent: 'x', code: null, ends: 1 },
  ]);
});

test('a batch that another decider stored is no failure, and gives no outcome here', async () => {
  const site = await openSite(async ({ records }) => {
    await site.parts.store.commit(commitOf(records.map((given) => outcomeOf(given))));
  }, 'superseded');
  await site.handled(batchOf(record(0, 'a', 'x')));
  expect(site.spans).toMatchObject([
    { name: 'decide Test', links: [], ends: 1 },
    { name: 'store batch', attributes: { 'madang.result': 'superseded' }, code: null, ends: 1 },
  ]);
  expect(site.spans[0]!.attributes).not.toHaveProperty(['madang.events']);
});

test('a command whose batch has ended gets no outcome from a later commit', async () => {
  let decided: readonly CommandRecord[] = [];
  const site = await openSite(({ records }) => Promise.resolve(void (decided = records)));
  await site.handled(batchOf(record(0, 'a', 'x')));
  await site.parts.store.commit(commitOf(decided.map((given) => outcomeOf(given))));
  expect(site.spans).toMatchObject([
    { name: 'decide Test', links: [], ends: 1 },
    { name: 'store batch', ends: 1 },
  ]);
  expect(site.spans[0]!.attributes).not.toHaveProperty(['madang.events']);
});
