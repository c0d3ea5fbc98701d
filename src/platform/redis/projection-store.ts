import type { RecordedEvent } from '../../events/event.js';
import type { Position } from '../../events/ids.js';
import { position } from '../../events/ids.js';
import type { RedisProjection } from '../../projections/projection.js';
import type { ParkedKey, ProjectionProgress, ProjectionStore } from '../ports/projection-store.js';
import type { RedisConnection } from './client.js';
import { isFull } from './errors.js';
import type { LuaScript } from './lua-script.js';
import { luaScript } from './lua-script.js';
import { modelKeys } from './model-keys.js';
import { TURN_LIVE, applyScript, releaseScript } from './store.lua.js';

/**
 * Read models in Redis. Without a meta a model stands at 0 and is not live, so one that was emptied (FLUSHALL, a new server) fills again
 * from the first event, and queries stay away from it meanwhile. The connection is the caller's, who closes it.
 * @param logId tells this deployment's keys from another's on the same server
 */
export function redisProjectionStore(redis: RedisConnection, logId: string): ProjectionStore<RedisProjection> {
  const scripts = new Map<RedisProjection, { readonly apply: LuaScript; readonly release: LuaScript }>();
  const turnLive = luaScript(TURN_LIVE);
  /** By meta key: where this store last saw the checkpoint. Only a model that still stands there is turned live. */
  const seen = new Map<string, Position>();

  const scriptsOf = (projection: RedisProjection) => {
    const known = scripts.get(projection) ?? { apply: luaScript(applyScript(projection.script)), release: luaScript(releaseScript(projection.script)) };
    scripts.set(projection, known);
    return known;
  };

  /**
   * A full Redis refuses writes and goes on answering reads: the model would fall behind and still be read from. Taking `live` away is a
   * deletion, which it does not refuse; the runner turns it live again once it has caught up.
   */
  const giveUpWhenFull = async (meta: string, error: unknown): Promise<never> => {
    if (isFull(error)) await redis.ask((client) => client.hdel(meta, 'live'));
    throw error;
  };

  return {
    kind: 'redis',

    async progress(projection, partition) {
      const { meta } = modelKeys(logId, projection, partition);
      const progress = progressOf(await redis.ask((client) => client.hmget(meta, 'position', 'live')));
      seen.set(meta, progress.position);
      return progress;
    },

    async progressOfAll(projections, partitions) {
      const metas = projections.flatMap((projection) =>
        Array.from({ length: partitions }, (_, partition) => modelKeys(logId, projection, partition).meta),
      );
      const replies = await redis.ask(async (client) => {
        const pipeline = client.pipeline();
        for (const meta of metas) pipeline.hmget(meta, 'position', 'live');
        return ((await pipeline.exec()) ?? []).map(([error, reply]) => {
          if (error) throw error;
          return progressOf(reply as readonly (string | null)[]);
        });
      });
      // Only a look: it does not count as seen, or a model that was emptied behind its runner's back could turn live.
      return projections.map((_, index) => replies.slice(index * partitions, (index + 1) * partitions));
    },

    async apply(projection, partition, from, to, events, { held, park } = { held: [], park: [] }) {
      const { prefix, meta, parked } = modelKeys(logId, projection, partition);
      const parking = [JSON.stringify(held), JSON.stringify(park.map((each) => [each.key, storedOf(each)]))];
      const reply = redis.run(scriptsOf(projection).apply, [meta, parked], [prefix, from, to, encoded(projection, events), ...parking]);
      const [applied, stands] = (await reply.catch((error: unknown) => giveUpWhenFull(meta, error))) as [number, number];
      seen.set(meta, position(stands));
      return applied === 1 ? 'applied' : 'superseded';
    },

    async parked(projection, partition) {
      const stored = await redis.ask((client) => client.hgetall(modelKeys(logId, projection, partition).parked));
      return Object.entries(stored).map(parkedOf).sort((a, b) => a.position - b.position);
    },

    async release(projection, partition, at, { parked: expected, events, next }) {
      const { prefix, meta, parked } = modelKeys(logId, projection, partition);
      const args = [prefix, at, expected.key, storedOf(expected), next ? storedOf(next) : '', encoded(projection, events)];
      const reply = redis.run(scriptsOf(projection).release, [meta, parked], args);
      const [applied] = (await reply.catch((error: unknown) => giveUpWhenFull(meta, error))) as [number, number];
      return applied === 1 ? 'applied' : 'superseded';
    },

    async setLive(projection, partition, live) {
      const { meta } = modelKeys(logId, projection, partition);
      if (live) await redis.run(turnLive, [meta], [seen.get(meta) ?? 0]);
      else await redis.ask((client) => client.hset(meta, 'live', '0'));
    },
  };
}

const progressOf = ([at, live]: readonly (string | null)[]): ProjectionProgress => ({ position: position(Number(at ?? 0)), live: live === '1' });

/** As it is compared, byte by byte. */
const storedOf = ({ position: at, letter, reason, since }: ParkedKey): string => JSON.stringify({ position: at, letter, reason, since: since.toISOString() });

const parkedOf = ([key, stored]: readonly [string, string]): ParkedKey => {
  const { since, ...rest } = JSON.parse(stored) as Omit<ParkedKey, 'key' | 'since'> & { readonly since: string };
  return { key, ...rest, since: new Date(since) };
};

/** What the model cannot encode is a fault of the model or of the event, and not of Redis. */
function encoded(projection: RedisProjection, events: readonly RecordedEvent[]): string {
  try {
    return JSON.stringify(events.map((event) => projection.encode(event)));
  } catch (cause) {
    throw new TypeError(`${projection.name} cannot encode an event: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
