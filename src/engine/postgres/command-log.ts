import type pg from 'pg';
import type { CommandEnvelope } from '../domain/envelope.js';
import type { Offset, Partition } from '../domain/ids.js';
import { offset } from '../domain/ids.js';
import { createBatcher } from '../runtime/batching.js';
import { commandRecord, encodeCommand } from '../log/command-json.js';
import type { ConsumerHealth } from '../log/consumer-health.js';
import { createConsumerHealth } from '../log/consumer-health.js';
import type { EngineLogger } from '../runtime/logger.js';
import { partitionOf } from '../log/partitioning.js';
import type { PartitionWorker } from '../log/partition-worker.js';
import { startPartitionWorker } from '../log/partition-worker.js';
import type { CommandLog, CommandRecord, Consumer, ConsumeOptions, Tail, TailOptions } from '../log/command-log.js';
import { LogError, closing, notTaken } from '../log/command-log.js';
import type { Item, Taken } from './append-commands.js';
import { createAppendCommands } from './append-commands.js';
import { parseAppended, appendedText } from './appended-text.js';
import { commandSource } from './command-source.js';
import { startPostgresTail } from './command-tail.js';
import type { GroupTiming } from './group.js';
import { DEFAULT_TIMING, joinGroup } from './group.js';
import { openQueueEnds, wakeUpName } from './queue-ends.js';
import type { AppendedBatch } from './recent-appends.js';
import { createRecentAppends } from './recent-appends.js';
import { statementNames } from './statement-name.js';
import { createTrimming } from './trim-commands.js';
import type { TextSubscription, TextChannel, WakeUp } from './wake-up.js';

export interface PostgresCommandLogOptions {
  readonly pool: pg.Pool;
  readonly wakeUp: WakeUp;
  readonly queue: string;
  readonly partitions: number;
  readonly log: EngineLogger;
  readonly timing?: GroupTiming;
  /** Grace time of a running batch when its partition is given up, and again after its signal is aborted. */
  readonly drainMs?: number;
  readonly forceMs?: number;
  /** A busy process appends at most this often: a statement for ten commands takes hardly more than one for one. */
  readonly gatherMs?: number;
  /** Interval of the poll for commands that were missed by wake-ups. */
  readonly pollIntervalMs?: number;
  /** Number of decided commands that are kept for inspection. */
  readonly keep?: number;
  /** Gets the state of the consumers. */
  readonly health?: ConsumerHealth;
}

const READ = `
  SELECT "offset", key, payload, taken_at FROM commands WHERE queue = $1 AND partition = $2 AND "offset" >= $3
    ORDER BY "offset" LIMIT $4`;

const ENDS = 'SELECT partition::int AS partition, next_offset AS "end" FROM command_heads WHERE queue = $1';

const BOUNDS = `
  SELECT h.next_offset AS high,
    coalesce((SELECT min("offset") FROM commands c WHERE c.queue = $1 AND c.partition = $2), h.next_offset) AS low
  FROM command_heads h WHERE h.queue = $1 AND h.partition = $2`;

export interface PostgresCommandLog extends CommandLog {
  /** Deletes commands below an offset, in bounded steps. Consumers call it regularly. */
  trim(partition: Partition, below: Offset): Promise<void>;
}

const QUERY_TIMEOUT_MS = 8_000;
const GATHER_MS = 3;

/** A queue of commands in PostgreSQL tables. The caller owns the pool and the wake-up, and stops the log first. */
export function openPostgresCommandLog(options: PostgresCommandLogOptions): PostgresCommandLog {
  const {
    pool,
    wakeUp,
    queue,
    partitions,
    log,
    timing = DEFAULT_TIMING,
    drainMs = 5_000,
    forceMs = 5_000,
    gatherMs = GATHER_MS,
    pollIntervalMs = 500,
    keep = 10_000,
    health = createConsumerHealth(),
  } = options;
  const appended = createRecentAppends(partitions);
  const statementName = statementNames();
  const channel: TextChannel = `madang_appended_${queue}`;
  const readers = new Set<Consumer | Tail>();
  let stopping: Promise<void> | undefined;

  async function query<R extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<R[]> {
    const timed: pg.QueryConfig & { query_timeout: number } = {
      name: statementName(text),
      text,
      values,
      query_timeout: QUERY_TIMEOUT_MS,
    };
    return (await pool.query<R>(timed)).rows;
  }

  /** A small batch is sent to the other processes in full; of a large batch, only its end. */
  function notifyOthers(partition: Partition, batch: AppendedBatch): void {
    const end = batch.first + batch.items.length;
    const text = appendedText(wakeUp.signature, channel, partition, batch);
    if (text !== null && wakeUp.publish(channel, text)) ends.grew(partition, end);
    else wakeUp.notify('madang_commands', wakeUpName(queue, partition), end);
  }

  const append = createAppendCommands({
    query,
    queue,
    stored(partition, batch) {
      appended.add(partition, batch);
      notifyOthers(partition, batch);
    },
  });
  const trimming = createTrimming({
    query,
    queue,
    keep,
    change: async (text, values) => (await pool.query(text, values)).rowCount ?? 0,
    stopping: () => stopping !== undefined,
  });

  const askEnds = () => query<{ partition: Partition; end: number }>(ENDS, [queue]);
  const ends = openQueueEnds({
    wakeUp,
    queue,
    partitions,
    pollIntervalMs,
    ask: askEnds,
    needed: () => readers.size > 0,
  });

  function onAppended(text: string): void {
    const { partition, batch, end } = parseAppended(wakeUp.signature, channel, text);
    if (partition >= partitions) return;
    if (batch) appended.add(partition, batch);
    ends.grew(partition, end);
  }

  // Only processes that read this queue listen to its appends.
  let subscription: TextSubscription | undefined;
  /** @returns resolves once no later append is missed */
  function began(reader: Consumer | Tail): Promise<void> {
    readers.add(reader);
    subscription ??= wakeUp.subscribe(channel, onAppended);
    return subscription.begun;
  }

  function ended(reader: Consumer | Tail): void {
    readers.delete(reader);
    if (readers.size > 0) return;
    subscription?.stop();
    subscription = undefined;
  }

  const batcher = createBatcher<Item, Taken | LogError>({
    flush: append,
    maxItems: 1_000,
    maxBytes: 2 ** 20,
    gatherMs,
    maxQueued: 20_000,
    maxWaitMs: 4_000,
    refused: notTaken,
  });

  async function boundsOf(partition: Partition): Promise<{ readonly low: number; readonly high: number }> {
    const known = appended.of(partition);
    const [bounds] = await query<{ low: number; high: number }>(BOUNDS, [queue, partition]);
    const { low, high } = bounds ?? { low: 0, high: 0 };
    // The log may have been created anew since those commands were appended.
    appended.forget(partition, known);
    return { low, high };
  }

  async function read(partition: Partition, from: Offset, max: number): Promise<readonly CommandRecord[]> {
    const recent = appended.from(partition, from, max);
    if (recent.length > 0)
      return recent.map(({ key, payload, at }, index) => commandRecord(offset(from + index), key, payload, at));
    const rows = await query<{ offset: number; key: string; payload: string; taken_at: Date | null }>(READ, [
      queue,
      partition,
      from,
      max,
    ]);
    return rows.map((row) => commandRecord(offset(row.offset), row.key, row.payload, row.taken_at?.getTime() ?? null));
  }

  async function consume({ group, maxBatch, handler }: ConsumeOptions): Promise<Consumer> {
    const workers = new Map<Partition, PartitionWorker>();
    const member = joinGroup({
      wakeUp,
      group: `${queue}/${group}`,
      partitions,
      timing,
      log,
      acquire(partition) {
        const source = commandSource({ queue, partition, group, ends, bounds: boundsOf, read, trimming, log });
        workers.set(
          partition,
          startPartitionWorker({ partition, maxBatch, handler, source, log, queue, health, drainMs, forceMs }),
        );
      },
      async release(partition, how) {
        await workers.get(partition)?.end(how);
        workers.delete(partition);
      },
    });
    const stop = (): Promise<void> => member.stop().finally(() => ended(consumer));
    const resume = (partition: Partition): void => workers.get(partition)?.again();
    const consumer: Consumer = { owned: member.owned, resume, stop, [Symbol.asyncDispose]: stop };
    await began(consumer);
    return consumer;
  }

  function refuseWhenStopping(): void {
    if (stopping) throw closing(queue);
  }

  async function follow(wanted: TailOptions): Promise<Tail> {
    refuseWhenStopping();
    const { tail, stands } = startPostgresTail({ queue, partitions, log, ends, bounds: boundsOf, read, tail: wanted });
    const stop = (): Promise<void> => tail.stop().finally(() => ended(own));
    const own: Tail = { next: tail.next, seek: tail.seek, stop, [Symbol.asyncDispose]: stop };
    await began(own);
    await stands;
    refuseWhenStopping();
    return own;
  }

  async function close(): Promise<void> {
    await batcher.idle();
    await Promise.all([...readers].map((reader) => reader.stop()));
    ends.stop();
  }

  const stop = (): Promise<void> => (stopping ??= close());
  return {
    queue,
    engine: 'postgres',
    partitions,
    async append(command: CommandEnvelope) {
      refuseWhenStopping();
      const { payload, bytes } = encodeCommand(command);
      const partition = partitionOf(command.key, partitions);
      const { key, commandId } = command;
      const taken = await batcher.push({ partition, key, commandId, payload }, bytes);
      if (taken instanceof LogError) throw taken;
      return { partition, ...taken };
    },
    consume,
    tail: follow,
    async ends() {
      const all = Array.from({ length: partitions }, () => offset(0));
      for (const { partition, end } of await askEnds()) if (partition < partitions) all[partition] = offset(end);
      return all;
    },
    trim: trimming.trim,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
