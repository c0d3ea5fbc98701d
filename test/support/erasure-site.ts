import { commandDefinition } from '../../src/commands/registry.js';
import { randomUUID } from 'node:crypto';
import type { CommandEnvelope } from '../../src/engine/domain/envelope.js';
import type { CommandType } from '../../src/commands/registry.js';
import type { EventType } from '../../src/events/event.js';
import type { RoomId } from '../../src/events/ids.js';
import { commandId, traceId, userId } from '../../src/engine/domain/ids.js';
import { roomId } from '../../src/events/ids.js';
import { createMetrics } from '../../src/metrics.js';
import type { Erasure } from '../../src/erasure/erasure.js';
import type { ProcessCheckpoints } from '../../src/engine/process-manager/process-checkpoints.js';
import { openPostgresCommandLog } from '../../src/engine/postgres/command-log.js';
import { postgresDeadLetters } from '../../src/engine/postgres/dead-letters.js';
import { postgresErasure } from '../../src/erasure/postgres-erasure.js';
import { isTransient } from '../../src/engine/postgres/errors.js';
import { postgresProcessCheckpoints } from '../../src/engine/postgres/process-checkpoints.js';
import { startDecider } from '../../src/engine/decider/decider.js';
import { eraseAccounts } from '../../src/erasure/erase-accounts.js';
import { startProcessManagers } from '../../src/engine/process-manager/process-manager.js';
import { registerClaimedUser } from '../../src/workers/register-claimed-user.js';
import { quietLogger, until } from './conditions.js';
import { openEventLog } from './event-log.js';
import { tracesIn } from './traces.js';

export const PARTITIONS = 3;
export const DAY_MS = 24 * 60 * 60 * 1_000;
export const FAY = { id: userId('idp|fay"1'), handle: 'fay-zq7', name: 'Fay Zq7' };
export const SECRETS = [FAY.handle, FAY.name, 'secret-zq7'];

/** A decider and process managers at work on a command log. */
export async function openSite() {
  const events = await openEventLog(PARTITIONS);
  const { pool } = events.database;
  const log = openPostgresCommandLog({
    pool,
    wakeUp: events.wakeUp,
    queue: 'commands',
    partitions: PARTITIONS,
    log: quietLogger,
  });
  const metrics = createMetrics();
  const deadLetters = postgresDeadLetters({ pool, logger: quietLogger, metrics });
  const decide = () =>
    startDecider({
      commands: commandDefinition,
      log,
      store: events.store,
      feed: events.feed,
      deadLetters,
      isTransient,
      logger: quietLogger,
      metrics,
    });
  let decider = await decide();
  const checkpoints = postgresProcessCheckpoints(pool);
  const erasure = postgresErasure(pool);

  const send = async (type: CommandType, key: string, user: string, data: object): Promise<CommandEnvelope> => {
    const command = {
      commandId: commandId(randomUUID()),
      type,
      schema: 1,
      key,
      userId: userId(user),
      traceId: traceId('a'.repeat(32)),
      at: new Date().toISOString(),
      data,
    };
    await log.append(command);
    return command;
  };
  const decided = async (command: CommandEnvelope): Promise<string | null> => {
    await until(
      async () => (await events.store.receipts([command.commandId])).size === 1,
      `${command.type} is decided`,
    );
    return (await events.store.receipts([command.commandId])).get(command.commandId)!.rejection?.code ?? null;
  };
  const run = async (...of: Parameters<typeof send>): Promise<string | null> => decided(await send(...of));
  const eventsOf = async (type: EventType) =>
    (
      await pool.query<{ key: string; data: Record<string, unknown> }>(
        'SELECT key, data FROM events WHERE type = $1 ORDER BY partition, position',
        [type],
      )
    ).rows;

  return {
    pool,
    events,
    erasure,
    checkpoints,
    deadLetters,
    send,
    decided,
    run,
    eventsOf,
    async start(
      parts: {
        readonly checkpoints?: ProcessCheckpoints;
        readonly erasure?: Erasure;
        readonly reserveHandleMs?: number;
      } = {},
    ) {
      const managers = [
        registerClaimedUser,
        eraseAccounts({
          erasure: parts.erasure ?? erasure,
          events: events.store,
          reserveHandleMs: parts.reserveHandleMs ?? 30 * DAY_MS,
        }),
      ];
      const options = {
        managers,
        log,
        feed: events.feed,
        events: events.store,
        checkpoints: parts.checkpoints ?? checkpoints,
        pollIntervalMs: 50,
        logger: quietLogger,
      };
      const started = await startProcessManagers(options);
      return { ...started, [Symbol.asyncDispose]: () => started.stop() };
    },
    /** Fay, registered, in these rooms of Ben's, with a message in each. */
    async inhabit(rooms: readonly RoomId[]) {
      await run('ClaimHandle', FAY.handle, FAY.id, { handle: FAY.handle, userId: FAY.id, name: FAY.name });
      await until(async () => (await eventsOf('UserRegistered')).length === 1, 'Fay is registered');
      for (const room of rooms) {
        expect(await run('CreateRoom', room, 'ben', { roomId: room, title: 'Room' })).toBeNull();
        expect(await run('JoinRoom', room, FAY.id, { roomId: room })).toBeNull();
        expect(await run('SendMessage', room, FAY.id, { roomId: room, body: 'secret-zq7' })).toBeNull();
        expect(await run('SendMessage', room, 'ben', { roomId: room, body: 'of ben' })).toBeNull();
      }
    },
    /** The command log is lost, and recreated. */
    async restartLog() {
      await decider.stop();
      await pool.query('TRUNCATE commands, command_heads, command_progress');
      decider = await decide();
    },
    stopDeciding: () => decider.stop(),
    async decideAgain() {
      decider = await decide();
    },
    /** Sweeps as if a minute had passed. */
    async sweep() {
      await pool.query('UPDATE erased_accounts SET next_sweep_at = now() WHERE next_sweep_at IS NOT NULL');
      return erasure.sweep();
    },
    async [Symbol.asyncDispose]() {
      await decider.stop();
      await log.stop();
      await events[Symbol.asyncDispose]();
    },
  };
}

export const newRooms = (count: number): readonly RoomId[] => Array.from({ length: count }, () => roomId(randomUUID()));
type Site = Awaited<ReturnType<typeof openSite>>;

export const deleteFay = (site: Site) => site.run('DeleteAccount', FAY.id, FAY.id, { userId: FAY.id });

/** Deletes the account of a member of one room. Resolves once the room has heard of it and the events are redacted. */
export async function eraseFay(site: Site): Promise<void> {
  await deleteFay(site);
  await until(async () => (await site.eventsOf('MemberErased')).length === 1, 'the room has heard of it');
  await until(
    async () => (await tracesIn(site.pool, SECRETS)).every((table) => table !== 'events'),
    'the events are redacted',
  );
}
