import { randomUUID } from 'node:crypto';
import type { RedisConnection } from '../engine/redis/client.js';
import { luaScript } from '../engine/redis/lua-script.js';
import type { RoomId } from '../events/ids.js';
import { roomId } from '../events/ids.js';
import type { OccupancyStore } from './occupancy.js';
import { ASK, REPORT } from './redis-occupancy-store.lua.js';

/** After so long without being asked for again, a room is asked for no more. */
const ASK_MS = 6_000;

const scripts = { ask: luaScript(ASK), report: luaScript(REPORT) };

/** Occupancy in Redis. The braces keep all keys on one node of a cluster. The caller closes the connection. */
export function redisOccupancyStore(redis: RedisConnection, logId: string, askMs = ASK_MS): OccupancyStore {
  const prefix = `madang:${logId}:{occupancy}:v1:`;
  const process = randomUUID();
  return {
    async ask(rooms) {
      const reply = (await redis.run(
        scripts.ask,
        [`${prefix}asked`, `${prefix}since`],
        [askMs, ...rooms],
      )) as readonly string[];
      return new Map(
        Array.from({ length: reply.length / 2 }, (_, n): [RoomId, number] => [
          roomId(reply[2 * n]!),
          Number(reply[2 * n + 1]),
        ]),
      );
    },

    async report(shares) {
      const rooms = [...shares.keys()];
      const sums = (await redis.run(
        scripts.report,
        rooms.map((room) => `${prefix}room:${room}`),
        [process, ...Array.from(shares.values(), ({ count, keepMs }) => [count, keepMs]).flat()],
      )) as readonly number[];
      return new Map(rooms.map((room, n) => [room, sums[n]!]));
    },
  };
}
