import type { Command } from 'commander';
import { roomIdText } from '../commands/text.js';
import type { RoomId } from '../events/ids.js';
import type { HottestRooms } from '../admin/room-heat.js';
import { hottestRooms, overrideCleared, overrideSet } from '../admin/room-heat.js';
import type { HeatOverrides } from '../hot-rooms/heat-store.js';
import { openPrisma } from '../projections/prisma-client.js';
import { openRedis } from '../engine/redis/client.js';
import { redisHeatOverrides } from '../hot-rooms/redis-heat-store.js';
import { pause } from '../engine/runtime/retry.js';
import type { Room } from '../projections/room/rooms/query.js';
import { roomQueries } from '../projections/room/rooms/query.js';
import type { Connection } from './connect.js';
import { CliError, MISTYPED, withConnection } from './connect.js';
import { print, printJson, table } from './output.js';
import { recorded } from './record.js';

interface HeatOptions {
  readonly watch?: boolean;
  readonly top: string;
  readonly json?: boolean;
}

interface SetOptions {
  readonly for: string;
  readonly cool?: boolean;
  readonly json?: boolean;
}

const TOP = 20;
const MAX_TOP = 1_000;
const WATCH_EVERY_MS = 1_000;
const REDIS_TIMEOUT_MS = 3_000;
const NOBODY =
  'no process decides which rooms are hot: is one with the role heat running? Until one is, ' +
  'each server uses its own counts.\n';

export function heatCommand(program: Command): void {
  const heat = program
    .command('heat')
    .description('the hottest rooms: their fetches, and whether counts or an operator made them hot')
    .option('--watch', 'once a second, until it is interrupted')
    .option('--top <n>', 'maximum number of rooms', String(TOP))
    .option('--json', 'print JSON; with --watch a line per second')
    .action((options: HeatOptions) => withConnection((connection) => show(connection, options)));
  heat
    .command('set')
    .description('makes a room hot for a while, regardless of the counts')
    .argument('<room>', 'its id')
    .requiredOption('--for <time>', 'such as 30s, 10m or 2h')
    .option('--cool', 'keeps it from being hot instead')
    .option('--json', 'print JSON')
    .action((room: string, _own: unknown, command: Command) => {
      const { for: time, cool = false, json = false } = command.optsWithGlobals<SetOptions>();
      const wanted = { roomId: roomIdOf(room), state: cool ? 'NORMAL' : 'HOT', forMs: durationOf(time) } as const;
      return withConnection((connection) => set(connection, wanted, json));
    });
  heat
    .command('clear')
    .description('lets the counts decide again')
    .argument('<room>', 'its id')
    .option('--json', 'print JSON')
    .action((room: string, _own: unknown, command: Command) => {
      const roomId = roomIdOf(room);
      return withConnection((connection) =>
        clear(connection, roomId, command.optsWithGlobals<SetOptions>().json === true),
      );
    });
}

async function show(connection: Connection, { watch = false, top, json = false }: HeatOptions): Promise<void> {
  const limit = Number(top);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_TOP)
    throw new CliError(`--top ${top}: a number from 1 to ${MAX_TOP}`, MISTYPED);
  const overrides = await openOverrides(connection);
  const rooms = roomQueries({ prisma: openPrisma(connection.pool) });
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  let warned = false;
  do {
    const { rooms: rows, isDecided } = await hottestRooms(overrides, rooms, limit);
    if (!isDecided && !warned) process.stderr.write(NOBODY);
    warned = !isDecided;
    if (json) printJson(rows);
    else print(`${watch && process.stdout.isTTY ? '\u001B[2J\u001B[H' : ''}${shown(rows)}`);
    if (watch) await pause(WATCH_EVERY_MS, stopping.signal);
  } while (watch && !stopping.signal.aborted);
}

function shown(rows: HottestRooms['rooms']): string {
  if (rows.length === 0) return 'no room has many fetches\n';
  return table(
    ['room', 'title', 'state', 'fetches/s', 'pace ms', 'until', 'by'],
    rows.map(({ roomId, title, state, fetchesPerSecond, paceMs, until, by }) => [
      roomId,
      title ?? '?',
      state,
      fetchesPerSecond,
      paceMs,
      until?.toISOString() ?? '-',
      by,
    ]),
  );
}

interface Wanted {
  readonly roomId: RoomId;
  readonly state: 'HOT' | 'NORMAL';
  readonly forMs: number;
}

async function roomOf({ pool }: Connection, roomId: RoomId): Promise<Room> {
  const [room] = await roomQueries({ prisma: openPrisma(pool) }).byIds([roomId]);
  if (!room) throw new CliError(`there is no room ${roomId}`, MISTYPED);
  return room;
}

async function set(connection: Connection, { roomId, state, forMs }: Wanted, json: boolean): Promise<void> {
  const room = await roomOf(connection, roomId);
  const overrides = await openOverrides(connection);
  const { nowMs } = await overrides.view();
  const until = new Date(nowMs + forMs);
  await recorded(
    connection,
    { kind: 'SET_HEAT', target: roomId, input: { state, seconds: forMs / 1_000 } },
    async () => {
      await overrides.set({ roomId, state, until: until.getTime() });
      return { value: null, outcome: overrideSet(state, until) };
    },
  );
  if (json) printJson({ roomId, title: room.title, state, until });
  else print(`${room.title} is ${state === 'HOT' ? 'hot' : 'kept from being hot'} until ${until.toISOString()}\n`);
}

async function clear(connection: Connection, roomId: RoomId, json: boolean): Promise<void> {
  const overrides = await openOverrides(connection);
  const cleared = await recorded(connection, { kind: 'CLEAR_HEAT', target: roomId }, async () => {
    const value = await overrides.clear(roomId);
    return { value, outcome: overrideCleared(value) };
  });
  if (!cleared) await roomOf(connection, roomId);
  if (json) return printJson({ roomId, cleared });
  print(cleared ? 'the counts decide again\n' : 'nothing was set: the counts decide\n');
}

async function openOverrides({ servers, settings, lifecycle, logger }: Connection): Promise<HeatOverrides> {
  const redis = await openRedis(servers.redisUrl, { log: logger, waitMs: REDIS_TIMEOUT_MS });
  lifecycle.onStop('the connection to Redis', () => redis.close());
  return redisHeatOverrides(redis, settings.logId);
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function durationOf(text: string): number {
  const [, number, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const ms = Number(number) * (UNITS[unit ?? ''] ?? Number.NaN);
  if (!(ms > 0)) throw new CliError(`--for ${text}: a number and a unit, such as 30s, 10m, 2h or 1d`, MISTYPED);
  return ms;
}

function roomIdOf(text: string): RoomId {
  const parsed = roomIdText.safeParse(text);
  if (!parsed.success)
    throw new CliError(`${text} is not the id of a room: heat lists the hottest with theirs`, MISTYPED);
  return parsed.data;
}
