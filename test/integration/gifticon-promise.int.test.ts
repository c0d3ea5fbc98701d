import { ofDomain } from '../../src/events/event.js';
import { commandDefinition } from '../../src/commands/registry.js';
import { MADANG_EVENTS } from '../../src/events/definitions.js';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { CommandEnvelope } from '../../src/engine/domain/envelope.js';
import type { CommandId } from '../../src/engine/domain/ids.js';
import type { CampaignId } from '../../src/events/ids.js';
import { commandId, position, traceId, userId } from '../../src/engine/domain/ids.js';
import { campaignId } from '../../src/events/ids.js';
import { createMetrics } from '../../src/metrics.js';
import { partitionOf } from '../../src/engine/log/partitioning.js';
import { openPostgresCommandLog } from '../../src/engine/postgres/command-log.js';
import { postgresDeadLetters } from '../../src/engine/postgres/dead-letters.js';
import { isTransient } from '../../src/engine/postgres/errors.js';
import { openPostgresEventFeed } from '../../src/engine/postgres/event-feed.js';
import { postgresEventStore } from '../../src/engine/postgres/event-store.js';
import { openDeployment } from '../../src/engine/postgres/settings.js';
import { openWakeUp } from '../../src/engine/postgres/wake-up.js';
import type { CommandLog, Consumer } from '../../src/engine/log/command-log.js';
import { checkpointName } from '../../src/engine/log/command-log.js';
import type { Receipt } from '../../src/engine/domain/receipt.js';
import type { EventStore } from '../../src/engine/store/event-store.js';
import { startDecider } from '../../src/engine/decider/decider.js';
import { quietLogger, until } from '../support/conditions.js';
import { CRASHES, crashing } from '../support/crashing-store.js';
import { createTestDatabase } from '../support/database.js';
import type { QueuedRequest } from '../support/gifticon-promise.js';
import { expectPromiseKept } from '../support/gifticon-promise.js';

const PARTITIONS = 2;
const OPENS = '2026-01-01T12:00:00.000Z';
const OPEN = '2026-01-01T18:00:00.000Z';
const CLOSES = '2026-01-02T12:00:00.000Z';

const command = (
  type: string,
  key: CampaignId,
  data: object = {},
  by = 'ops',
  at = '2026-01-01T00:00:00.000Z',
): CommandEnvelope => ({
  commandId: commandId(randomUUID()),
  type,
  schema: 1,
  key,
  userId: userId(by),
  traceId: traceId(Date.parse(at).toString(16).padStart(32, '0')),
  at,
  data: { campaignId: key, ...data },
});
/** Lets the log take each command at its own time, which is in its trace id. */
const atTimesTold = (log: CommandLog): CommandLog => ({
  ...log,
  consume: ({ handler, ...options }) =>
    log.consume({
      ...options,
      handler: {
        ...handler,
        handle: (batch, signal) =>
          handler.handle(
            {
              ...batch,
              records: batch.records.map((record) =>
                'command' in record
                  ? {
                      ...record,
                      command: {
                        ...record.command,
                        at: new Date(Number.parseInt(record.command.traceId, 16)).toISOString(),
                      },
                    }
                  : record,
              ),
            },
            signal,
          ),
      },
    }),
});

/** The same time of a script's own days: the log's clock continues from one script to the next. */
const inDays = (time: string, script: number): string =>
  new Date(Date.parse(time) + script * 3 * 86_400_000).toISOString();
const campaign = (key: CampaignId, stock: number, closes = false, script = 0): CommandEnvelope =>
  command('CreateGifticonCampaign', key, {
    title: 'Coffee',
    stock,
    opensAt: inDays(OPENS, script),
    closesAt: closes ? inDays(CLOSES, script) : null,
  });
const request = (key: CampaignId, by: string, at = OPEN): CommandEnvelope =>
  command('RequestGifticon', key, {}, by, at);

/** Both queues and a decider's dependencies, on a database of their own. */
async function openSite() {
  const database = await createTestDatabase();
  await openDeployment(database.pool, PARTITIONS, PARTITIONS);
  const wakeUp = await openWakeUp({
    key: Buffer.alloc(32),
    url: database.url,
    name: 'gifticon-promise-test',
    log: quietLogger,
  });
  const engine = { pool: database.pool, wakeUp, partitions: PARTITIONS, log: quietLogger };
  // A stop gets no drain time: the work goes on without the process, as after a kill.
  const [commands, requests] = (['commands', 'gifticon.requests'] as const).map((queue) =>
    openPostgresCommandLog({ ...engine, queue, drainMs: 2, forceMs: 2 }),
  );
  const feed = openPostgresEventFeed({ ...engine, catalog: MADANG_EVENTS });
  const metrics = createMetrics();
  const deadLetters = postgresDeadLetters({ pool: database.pool, logger: quietLogger, metrics });
  const store = crashing(postgresEventStore(database.pool, MADANG_EVENTS));
  let loads = 0;
  const counting: EventStore = {
    ...store.store,
    loadStreams: (streams) => (loads++, store.store.loadStreams(streams)),
  };
  const announced = new Set<CommandId>();
  const follower = await feed.follow({
    onBatch: ({ receipts }) => receipts.forEach((receipt) => announced.add(receipt.commandId)),
  });

  return {
    database,
    store,
    announced,
    /** How often a decider has loaded streams. */
    loads: () => loads,
    logs: { commands: commands!, requests: requests! },
    /**
     * Members of one group share the partitions. Each group decides all of them, so that two groups always conflict.
     */
    decider: (log: CommandLog, group: string): Promise<Consumer> =>
      startDecider({
        commands: commandDefinition,
        log: atTimesTold({
          ...log,
          consume: (options) => log.consume({ ...options, group: `${options.group}.${group}` }),
        }),
        store: counting,
        counts: log.queue === 'gifticon.requests',
        feed,
        deadLetters,
        isTransient,
        logger: quietLogger,
        metrics,
      }),
    async [Symbol.asyncDispose]() {
      await follower.stop();
      await commands!.stop();
      await requests!.stop();
      await feed.stop();
      await wakeUp.stop();
      await database[Symbol.asyncDispose]();
    },
  };
}
type Site = Awaited<ReturnType<typeof openSite>>;

const which = fc.nat(2);
/** Whether the log's clock, which never goes back, advances to the next of these times. */
const TIMES = ['2026-01-01T11:59:59.999Z', OPENS, OPEN, CLOSES] as const;
const when = fc.oneof({ weight: 12, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });
const queue = fc.constantFrom('requests', 'requests', 'commands');
const step = <D extends string, R extends object>(
  weight: number,
  does: D,
  rest: { [K in keyof R]: fc.Arbitrary<R[K]> },
) => ({
  weight,
  arbitrary: fc.record({ does: fc.constant(does), ...rest }) as unknown as fc.Arbitrary<
    { readonly does: D } & Readonly<R>
  >,
});
const steps = fc.array(
  fc.oneof(
    step(16, 'request', { which, by: fc.nat(9), at: when }),
    // The same commandId once more: most often the same command, sometimes another user's, or about another campaign.
    step(3, 'repeat', {
      earlier: fc.nat(),
      at: when,
      which: fc.option(which, { freq: 6 }),
      by: fc.option(fc.nat(9), { freq: 6 }),
    }),
    step(1, 'create', { which, stock: fc.nat(6), closes: fc.boolean() }),
    step(2, 'load', { which, count: fc.integer({ min: 1, max: 3 }), off: fc.constantFrom(0, 0, 0, 1, -1) }),
    step(1, 'pause', { which }),
    step(2, 'resume', { which }),
    step(1, 'start', { queue, group: fc.constantFrom('a', 'b') }),
    step(1, 'stop', { pick: fc.nat() }),
    step(3, 'crash', { how: fc.constantFrom(...CRASHES) }),
    // Waits until all requests are durable, or until all are decided.
    step(4, 'durable', {}),
    step(2, 'settle', {}),
  ),
  { minLength: 20, maxLength: 100, size: 'max' },
);
type Step = typeof steps extends fc.Arbitrary<readonly (infer T)[]> ? T : never;

/** Runs the steps as fast as possible, without waiting for their effects; then waits for all of them. */
async function play(site: Site, script: readonly Step[], number: number) {
  const { logs, store } = site;
  const campaigns = Array.from({ length: 3 }, () => campaignId(randomUUID()));
  const stocks = new Map<CampaignId, number>();
  const paused = new Set<CampaignId>();
  const sent: {
    readonly log: CommandLog;
    readonly command: CommandEnvelope;
    readonly place: ReturnType<CommandLog['append']>;
  }[] = [];
  let deciders: { readonly name: string; readonly consumer: Consumer }[] = [];
  const stops: Promise<void>[] = [];
  let time = number % 3;
  const timeOf = (goesOn: boolean): string =>
    inDays(TIMES[(time = Math.min(TIMES.length - 1, time + Number(goesOn)))]!, number);

  const append = (log: CommandLog, command: CommandEnvelope) => sent.push({ log, command, place: log.append(command) });
  const operate = (type: string, key: CampaignId, data?: object) => append(logs.commands, command(type, key, data));
  const start = async (queued: 'commands' | 'requests', group: string) => {
    deciders.push({ name: `${queued} ${group}`, consumer: await site.decider(logs[queued], group) });
  };
  const stop = (picked: typeof deciders) => {
    deciders = deciders.filter((each) => !picked.includes(each));
    stops.push(...picked.map(({ consumer }) => consumer.stop()));
  };
  const durable = () => Promise.all(sent.map(({ place }) => place));
  const decided = async (of: readonly { readonly command: CommandEnvelope }[]) => {
    const ids = new Set(of.map((each) => each.command.commandId));
    let looks = 0;
    const all = async (): Promise<boolean> => {
      // Time enough for others to continue without a sleeping one.
      if (++looks % 20 === 0) store.wake();
      return (await store.store.receipts([...ids])).size === ids.size;
    };
    await until(all, 'every command has its outcome');
  };
  const create = (id: CampaignId, stock: number, closes: boolean) => {
    append(logs.commands, campaign(id, stock, closes, number));
    if (!stocks.has(id)) stocks.set(id, stock);
  };

  const does = async (next: Step): Promise<unknown> => {
    const id = 'which' in next && next.which !== null ? campaigns[next.which]! : campaigns[0]!;
    const planned = stocks.get(id) ?? 0;
    switch (next.does) {
      case 'request':
        return append(logs.requests, request(id, `u${next.by}`, timeOf(next.at)));
      case 'repeat': {
        const requests = sent.filter(({ log }) => log === logs.requests);
        const earlier = requests[next.earlier % Math.max(1, requests.length)]?.command;
        if (!earlier) return;
        const [key, by] = [
          next.which === null ? earlier.key : id,
          next.by === null ? earlier.userId : userId(`u${next.by}`),
        ];
        const at = timeOf(next.at);
        return append(logs.requests, {
          ...earlier,
          key,
          userId: by,
          at,
          traceId: traceId(Date.parse(at).toString(16).padStart(32, '0')),
          data: { campaignId: key },
        });
      }
      case 'create':
        return create(id, next.stock, next.closes);
      case 'load':
        operate('LoadGifticonCodes', id, { first: Math.max(1, planned + 1 + next.off), count: next.count });
        return next.off === 0 && stocks.has(id) && stocks.set(id, planned + next.count);
      case 'pause':
        operate('PauseGifticonCampaign', id);
        return paused.add(id);
      case 'resume':
        operate('ResumeGifticonCampaign', id);
        return paused.delete(id);
      case 'start':
        return start(next.queue, next.group);
      case 'stop':
        return stop(deciders.slice(next.pick % Math.max(1, deciders.length)).slice(0, 1));
      case 'crash':
        return store.arm(next.how);
      case 'durable':
        return durable();
      case 'settle':
        return settle(paused.size > 0 ? sent.filter(({ log }) => log === logs.commands) : sent);
      default:
        return next satisfies never;
    }
  };
  const settle = async (of: typeof sent) => {
    for (const queued of ['commands', 'requests'] as const)
      if (!deciders.some(({ name }) => name.startsWith(queued))) await start(queued, 'a');
    await durable();
    await decided(of);
  };

  await Promise.all([start('commands', 'a'), start('requests', 'a'), start('commands', 'b'), start('requests', 'b')]);
  for (const next of script) await does(next);
  for (const id of campaigns) operate('ResumeGifticonCampaign', id);
  await settle(sent);
  store.wake();
  await until(() => sent.every((each) => site.announced.has(each.command.commandId)), 'every outcome is announced');
  // Also a request that came twice has to be passed: its outcome is there already.
  const passed = async (): Promise<boolean> => {
    const upTo = await store.store.decidedUpTo(checkpointName(logs.requests));
    return (await logs.requests.ends()).every((end, partition) => (upTo[partition] ?? 0) >= end);
  };
  await until(passed, 'every record is passed');
  stop(deciders);
  await Promise.all(stops);

  const queued: QueuedRequest[] = [];
  for (const { log, command: of, place } of sent)
    if (log === logs.requests) queued.push({ ...(await place), command: of });
  const receipts = await store.store.receipts([...new Set(sent.map((each) => each.command.commandId))]);
  const events = await Promise.all(
    campaigns.map((id) => store.store.readKey(partitionOf(id, PARTITIONS), id, position(0), 10_000)),
  );
  return { campaigns: campaigns.map((id, index) => ({ id, events: events[index]! })), queued, receipts };
}

/** Every record has a number in its campaign, in the order of the queue, also one of a request that came twice. */
async function expectNumbered(
  { store: { store }, logs: { requests } }: Site,
  campaigns: readonly CampaignId[],
  queued: readonly QueuedRequest[],
  receipts: ReadonlyMap<CommandId, Receipt>,
): Promise<void> {
  const inOrder = (id: CampaignId) =>
    queued.filter(({ command: { key } }) => key === id).toSorted((a, b) => a.offset - b.offset);
  for (const id of campaigns) {
    const ofRequests = inOrder(id).flatMap(({ command, offset }, index) => {
      const receipt = receipts.get(command.commandId);
      return receipt?.queue === checkpointName(requests) && receipt.key === id && receipt.offset === offset
        ? [[receipt.number, index + 1]]
        : [];
    });
    expect(ofRequests.map(([number]) => number)).toEqual(ofRequests.map(([, index]) => index));
  }
  const keys = campaigns.map((key) => ({ key, partition: partitionOf(key, PARTITIONS) }));
  const counts = await store.decidedCounts(checkpointName(requests), keys);
  expect(campaigns.map((id) => counts.get(id)?.decided)).toEqual(campaigns.map((id) => inOrder(id).length));
}

/** One of each outcome, independent of chance. */
const example: readonly Step[] = [
  { does: 'settle' },
  ...[0, 1, 0].map((by) => ({ does: 'request', which: 0, by, at: true }) as const),
  { does: 'settle' },
];

test('never above the stock, never two, first come, first served, all get outcomes', async () => {
  await using site = await openSite();
  const outcomes = new Set<string>();
  let scripts = 0;
  const end = performance.now() + 25_000;
  await fc.assert(
    fc.asyncProperty(fc.tuple(fc.nat(6), fc.nat(6)), steps, async (stocks, script) => {
      // A slow machine tries fewer: a running script is completed.
      if (performance.now() > end) return;
      const opening = stocks.map((stock, which): Step => ({ does: 'create', which, stock, closes: which === 1 }));
      const { campaigns, queued, receipts } = await play(site, [...opening, ...script], scripts++);
      for (const { id, events } of campaigns) expectPromiseKept(id, queued, receipts, events.map(ofDomain));
      await expectNumbered(
        site,
        campaigns.map(({ id }) => id),
        queued,
        receipts,
      );
      for (const { rejection } of receipts.values()) outcomes.add(rejection?.code ?? 'ok');
    }),
    // A failure prints its seed. A smaller script would have other timing, so there is no shrinking.
    { numRuns: 40, endOnFailure: true, examples: [[[1, 1], example]] },
  );
  expect([...outcomes]).toEqual(expect.arrayContaining(['ok', 'SOLD_OUT', 'ALREADY_REQUESTED']));
  // Deciders conflicted with each other.
  expect(site.store.ends.get('superseded')).toBeGreaterThan(0);
  const { rows } = await site.database.pool.query('SELECT reason FROM dead_letters');
  expect(rows).toEqual([]);
});

test('while a campaign is paused its requests wait in order; repeats are answered', async () => {
  await using site = await openSite();
  const {
    logs,
    store: { store },
  } = site;
  await using _operators = await site.decider(logs.commands, 'a');
  await using _issuer = await site.decider(logs.requests, 'a');
  const id = campaignId(randomUUID());
  const queued: QueuedRequest[] = [];
  const receipts = () => store.receipts(queued.map((each) => each.command.commandId));
  const ask = async (...asked: readonly CommandEnvelope[]) => {
    for (const each of asked) queued.push({ ...(await logs.requests.append(each)), command: each });
  };
  const operations: CommandEnvelope[] = [];
  const operate = async (operation: CommandEnvelope) => {
    operations.push(operation);
    await logs.commands.append(operation);
    await until(
      async () => (await store.receipts([operation.commandId])).size === 1,
      'the operator’s command is decided',
    );
  };

  await operate(campaign(id, 2));
  const first = request(id, 'ann');
  await ask(first);
  await until(async () => (await receipts()).size === 1, 'the first is served');
  await operate(command('PauseGifticonCampaign', id));
  const [again, bob, cho, later] = [request(id, 'ann'), request(id, 'bob'), request(id, 'cho'), request(id, 'ann')];
  await ask(first, again, bob, cho, later);
  await until(async () => (await receipts()).size === 2, 'who asked before is answered');
  const before = site.loads();
  await until(() => site.loads() >= before + 3, 'the decider looks again whether the others have to wait');
  expect([...(await receipts()).keys()].toSorted()).toEqual([first.commandId, again.commandId].toSorted());

  await operate(command('ResumeGifticonCampaign', id));
  await until(async () => (await receipts()).size === 5, 'all are answered');
  const found = await receipts();
  expect([first, again, bob, cho, later].map((each) => found.get(each.commandId)?.rejection?.code ?? 'ok')).toEqual([
    'ok',
    'ALREADY_REQUESTED',
    'ok',
    'SOLD_OUT',
    'ALREADY_REQUESTED',
  ]);
  const outcomes = new Map([...found, ...(await store.receipts(operations.map((each) => each.commandId)))]);
  expectPromiseKept(
    id,
    queued,
    outcomes,
    (await store.readKey(partitionOf(id, PARTITIONS), id, position(0), 100)).map(ofDomain),
  );
});
