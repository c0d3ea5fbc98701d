import { ofDomain } from '../../src/events/event.js';
import { commandDefinition } from '../../src/commands/registry.js';
import { MADANG_EVENTS } from '../../src/events/definitions.js';
import { randomUUID } from 'node:crypto';
import type { CommandEnvelope } from '../../src/engine/domain/envelope.js';
import type { RecordedEvent } from '../../src/events/event.js';
import { commandId, position, traceId, userId } from '../../src/engine/domain/ids.js';
import { createMetrics } from '../../src/metrics.js';
import { partitionOf } from '../../src/engine/log/partitioning.js';
import { openPostgresCommandLog } from '../../src/engine/postgres/command-log.js';
import { postgresDeadLetters } from '../../src/engine/postgres/dead-letters.js';
import { isTransient } from '../../src/engine/postgres/errors.js';
import { openPostgresEventFeed } from '../../src/engine/postgres/event-feed.js';
import { postgresEventStore } from '../../src/engine/postgres/event-store.js';
import { openDeployment } from '../../src/engine/postgres/settings.js';
import { openWakeUp } from '../../src/engine/postgres/wake-up.js';
import { quietLogger, until } from './conditions.js';
import { createTestDatabase } from './database.js';

const PARTITIONS = 3;

/** A command log in PostgreSQL with a decider's other dependencies, on a database of their own. */
export async function openDeciderSite() {
  const database = await createTestDatabase();
  await openDeployment(database.pool, PARTITIONS, PARTITIONS);
  const wakeUp = await openWakeUp({ key: Buffer.alloc(32), url: database.url, name: 'decider-site', log: quietLogger });
  const engine = { pool: database.pool, wakeUp, partitions: PARTITIONS, log: quietLogger };
  const openLog = () => openPostgresCommandLog({ ...engine, queue: 'commands' });
  const log = openLog();
  const feed = openPostgresEventFeed({ ...engine, catalog: MADANG_EVENTS });
  const store = postgresEventStore(database.pool, MADANG_EVENTS);
  const metrics = createMetrics();
  const deadLetters = postgresDeadLetters({ pool: database.pool, logger: quietLogger, metrics });

  const command = (type: string, key: string, data: object, more: Partial<CommandEnvelope> = {}): CommandEnvelope => ({
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
  return {
    database,
    log,
    openLog,
    parts: { commands: commandDefinition, store, feed, deadLetters, isTransient, logger: quietLogger, metrics },
    createRoom: (roomId: string) => command('CreateRoom', roomId, { roomId, title: '마당' }),
    send: (roomId: string, body: string, more: Partial<CommandEnvelope> = {}) =>
      command('SendMessage', roomId, { roomId, body }, more),
    events: async (key: string): Promise<readonly RecordedEvent[]> =>
      (await store.readKey(partitionOf(key, PARTITIONS), key, position(0), 1_000)).map(ofDomain),
    /** Appends a command, and waits for its outcome. */
    async decided(one: CommandEnvelope): Promise<void> {
      await log.append(one);
      await until(async () => (await store.receipts([one.commandId])).size === 1, 'the command is decided');
    },
    async [Symbol.asyncDispose]() {
      await log.stop();
      await feed.stop();
      await wakeUp.stop();
      await database[Symbol.asyncDispose]();
    },
  };
}
