import { commandDefinition } from '../../src/commands/registry.js';
import { MADANG_EVENTS } from '../../src/events/definitions.js';
import { randomUUID } from 'node:crypto';
import type { CommandEnvelope } from '../../src/engine/domain/envelope.js';
import type { Receipt } from '../../src/engine/domain/receipt.js';
import { commandId, traceId, userId } from '../../src/engine/domain/ids.js';
import { createMetrics } from '../../src/metrics.js';
import { openPostgresCommandLog } from '../../src/engine/postgres/command-log.js';
import { postgresDeadLetters } from '../../src/engine/postgres/dead-letters.js';
import { isTransient } from '../../src/engine/postgres/errors.js';
import { openPostgresEventFeed } from '../../src/engine/postgres/event-feed.js';
import { postgresEventStore } from '../../src/engine/postgres/event-store.js';
import { openDeployment } from '../../src/engine/postgres/settings.js';
import { openWakeUp } from '../../src/engine/postgres/wake-up.js';
import type { DecidedBatch } from '../../src/engine/log/event-feed.js';
import type { EventStore } from '../../src/engine/store/event-store.js';
import { startDecider } from '../../src/engine/decider/decider.js';
import { createTestDatabase } from './database.js';
import { quietLogger, until } from './conditions.js';

export const PARTITIONS = 3;

export const command = (
  type: string,
  key: string,
  data: unknown,
  more: Partial<CommandEnvelope> = {},
): CommandEnvelope => ({
  commandId: commandId(randomUUID()),
  type,
  schema: 1,
  key,
  userId: userId('mina'),
  traceId: traceId('a'.repeat(32)),
  at: new Date().toISOString(),
  data,
  ...more,
});
export const createRoom = (roomId: string, more: Partial<CommandEnvelope> = {}) =>
  command('CreateRoom', roomId, { roomId, title: '마당' }, more);
export const send = (roomId: string, body: string, more: Partial<CommandEnvelope> = {}) =>
  command('SendMessage', roomId, { roomId, body }, more);

/** A command log, a feed and deciders on a database of their own. */
export async function openSite() {
  const database = await createTestDatabase();
  await openDeployment(database.pool, PARTITIONS, PARTITIONS);
  const wakeUp = await openWakeUp({ key: Buffer.alloc(32), url: database.url, name: 'decider-test', log: quietLogger });
  const engine = { pool: database.pool, wakeUp, partitions: PARTITIONS, log: quietLogger };
  const log = openPostgresCommandLog({ ...engine, queue: 'commands' });
  const feed = openPostgresEventFeed({ ...engine, catalog: MADANG_EVENTS });
  const store = postgresEventStore(database.pool, MADANG_EVENTS);
  const metrics = createMetrics();
  const deadLetters = postgresDeadLetters({ pool: database.pool, logger: quietLogger, metrics });
  const published: DecidedBatch[] = [];
  const follower = await feed.follow({ onBatch: (batch) => void published.push(batch) });

  const receipts = (): readonly Receipt[] => published.flatMap((batch) => batch.receipts);
  return {
    database,
    log,
    feed,
    store,
    metrics,
    published,
    receipts,
    parts: { commands: commandDefinition, store, feed, deadLetters, isTransient, logger: quietLogger, metrics },
    openLog: (timing: { readonly drainMs: number; readonly forceMs: number }) =>
      openPostgresCommandLog({ ...engine, ...timing, queue: 'commands' }),
    startDecider: (eventStore: EventStore = store) =>
      startDecider({
        commands: commandDefinition,
        log,
        store: eventStore,
        feed,
        deadLetters,
        isTransient,
        logger: quietLogger,
        metrics,
      }),
    async outcomes(commands: readonly CommandEnvelope[]): Promise<readonly Receipt[]> {
      const stored = async () => store.receipts(commands.map((each) => each.commandId));
      await until(
        async () => (await stored()).size === new Set(commands.map((each) => each.commandId)).size,
        'every command has a receipt',
      );
      const found = await stored();
      return commands.map((each) => found.get(each.commandId)!);
    },
    async [Symbol.asyncDispose]() {
      await follower.stop();
      await log.stop();
      await feed.stop();
      await wakeUp.stop();
      await database[Symbol.asyncDispose]();
    },
  };
}
