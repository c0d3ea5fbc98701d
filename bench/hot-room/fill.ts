import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { derivedId, newCommandId } from '../../src/engine/domain/command-id.js';
import type { AnyCommandDefinition } from '../../src/engine/domain/decide.js';
import type { CommandEnvelope } from '../../src/engine/domain/envelope.js';
import type { CommandType } from '../../src/commands/registry.js';
import { COMMANDS } from '../../src/commands/registry.js';
import type { UserId } from '../../src/engine/domain/ids.js';
import type { RoomId } from '../../src/events/ids.js';
import { userId } from '../../src/engine/domain/ids.js';
import { roomId } from '../../src/events/ids.js';
import { newTraceId } from '../../src/engine/domain/trace.js';
import { createReadModelProgress } from '../../src/engine/gateway/read-model-progress.js';
import { createCursorSigner } from '../../src/engine/gateway/signed-cursor.js';
import { createLifecycle } from '../../src/engine/runtime/lifecycle.js';
import type { CommandLog } from '../../src/engine/log/command-log.js';
import { messageCursors } from '../../src/schema/message/history.js';
import { openReadModels } from '../../src/workers/projector.js';
import type { Deployment } from '../support/deployment.js';
import { startWorker } from './site.js';
import type { Sizes } from './sizes.js';

/** Rooms with members and messages, and the tokens and cursors to fetch them. */
export interface Filled {
  readonly hotRoom: RoomId;
  readonly quietRooms: readonly RoomId[];
  /** Tokens of the hot room's members; the first of them are the quiet rooms' members too. */
  readonly tokens: readonly string[];
  /** Cursors in the hot room's history. */
  readonly cursors: readonly string[];
}

/** Members of each quiet room. */
export const QUIET_MEMBERS = 10;
const CURSORS = 2_000;
const CHUNK = 2_000;
const LOOK_MS = 50;
const TIMEOUT_MS = 120_000;

/**
 * Appends all of it to the command log, as mutations do, and waits until it can be read. Through the API it would take
 * as long as the rest of the benchmark.
 */
export async function fill(deployment: Deployment, redisUrl: string, sizes: Sizes): Promise<Filled> {
  const { store, pool } = deployment;
  const logger = pino({ level: 'error' });
  const lifecycle = createLifecycle(logger);
  await using _worker = await startWorker(deployment);
  try {
    const { partitions, logId, cursorKey: sealKey } = await deployment.settings();
    const { commands } = await deployment.log();
    const users = Array.from({ length: sizes.members }, (_, index) => userId(derivedId('bench user', String(index))));
    const hotRoom = roomId(derivedId('bench room', 'hot'));
    const quietRooms = Array.from({ length: sizes.quietRooms }, (_, index) =>
      roomId(derivedId('bench room', String(index))),
    );
    const rooms = [hotRoom, ...quietRooms];
    const founder = users[0]!;
    const say = (room: RoomId, among: readonly UserId[], index: number) =>
      command('SendMessage', among[index % among.length]!, {
        roomId: room,
        body: `message ${index}: about as long as what people write in most rooms on most days`,
      });

    await append(commands, users, (id, index) =>
      command('RegisterUser', id, { userId: id, handle: `member-${index}`, name: `Member ${index}` }),
    );
    await append(commands, rooms, (room) =>
      command('CreateRoom', founder, { roomId: room, title: 'Where people meet' }),
    );
    const quietUsers = users.slice(0, QUIET_MEMBERS);
    const joins = [
      ...users.slice(1).map((id) => ({ id, room: hotRoom })),
      ...quietRooms.flatMap((room) => quietUsers.slice(1).map((id) => ({ id, room }))),
    ];
    await append(commands, joins, ({ id, room }) => command('JoinRoom', id, { roomId: room }));
    await append(
      commands,
      quietRooms.flatMap((room) => Array.from({ length: sizes.quietMessages }, () => room)),
      (room, index) => say(room, quietUsers, index),
    );
    await append(
      commands,
      Array.from({ length: sizes.messages }, () => hotRoom),
      (room, index) => say(room, users, index),
    );

    const { sets } = await openReadModels(pool, redisUrl, logId, store.epochs, lifecycle, logger);
    const progress = createReadModelProgress({
      models: sets,
      events: store,
      partitions,
      pollIntervalMs: LOOK_MS,
      logger,
    });
    lifecycle.onStop('the polls of the read models', () => progress.stop());
    // A room is created with its first member.
    const expected =
      users.length + rooms.length * 2 + joins.length + quietRooms.length * sizes.quietMessages + sizes.messages;
    const end = AbortSignal.timeout(TIMEOUT_MS);
    while ((await store.heads()).reduce((sum, head) => sum + head, 0) < expected)
      await delay(LOOK_MS, undefined, { signal: end });
    for (const partition of Array.from({ length: partitions }, (_, index) => index)) {
      if (!(await progress.settled(partition, end))) throw new Error('the read models did not catch up');
    }
    // Explicitly, so that an automatic one does not fall into a measurement.
    await pool.query('VACUUM ANALYZE');

    const cursors = messageCursors(createCursorSigner(sealKey), hotRoom);
    return {
      hotRoom,
      quietRooms,
      tokens: await deployment.tokens(users),
      cursors: Array.from({ length: CURSORS }, () => cursors.sign(1 + Math.floor(Math.random() * sizes.messages))),
    };
  } finally {
    await lifecycle.stop();
  }
}

function command(type: CommandType, by: UserId, data: Readonly<Record<string, unknown>>): CommandEnvelope {
  const definition: AnyCommandDefinition = COMMANDS[type];
  const parsed: unknown = definition.schema.parse(data);
  return {
    commandId: newCommandId(),
    type,
    schema: definition.version,
    key: definition.key(parsed),
    userId: by,
    traceId: newTraceId(),
    at: new Date().toISOString(),
    data: parsed,
  };
}

async function append<T>(
  log: CommandLog,
  items: readonly T[],
  envelope: (item: T, index: number) => CommandEnvelope,
): Promise<void> {
  for (let done = 0; done < items.length; done += CHUNK) {
    await Promise.all(items.slice(done, done + CHUNK).map((item, index) => log.append(envelope(item, done + index))));
  }
}
