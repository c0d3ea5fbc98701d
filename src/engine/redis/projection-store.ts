import type { FoldedEvent } from '../domain/event.js';
import type { Partition, Position } from '../domain/ids.js';
import { epoch as epochOf, position } from '../domain/ids.js';
import type { RedisProjection } from '../projector/projection.js';
import type { ParkedKey, ProjectionProgress, ProjectionStore } from '../projector/projection-store.js';
import type { RedisConnection } from './client.js';
import { dropLost } from './drop-lost.js';
import { isFull } from './errors.js';
import type { LuaCall, LuaScript } from './lua-script.js';
import { luaScript } from './lua-script.js';
import type { EpochsOfPositions } from './model-epochs.js';
import { epochsOf, isLost } from './model-epochs.js';
import { metaKey, modelKeys, newSpace, versionOfSpace } from './model-keys.js';
import { PARKED, PROGRESS, START_OVER, TURN_LIVE, applyScript, releaseScript } from './store.lua.js';

/**
 * Read models in Redis. A model without a meta is at 0 and not live, so an emptied one (FLUSHALL, a new server) fills
 * again from the first event, and queries avoid it meanwhile. The caller owns the connection and closes it.
 * @param logId separates the keys of deployments on the same server
 * @param epochs show whether a model holds events that the log has lost: this store does not go back in time together
 * with the log
 */
export function redisProjectionStore(
  redis: RedisConnection,
  logId: string,
  epochs: EpochsOfPositions,
): ProjectionStore<RedisProjection> {
  const applyTo = applyScripts();
  const releaseTo = scriptsOf(releaseScript);
  const askParked = luaScript(PARKED);
  const turnLive = luaScript(TURN_LIVE);
  const askProgress = luaScript(PROGRESS);
  const startOver = luaScript(START_OVER);
  /**
   * The checkpoint that this store last saw, by the key of the live space. Only a model that is still there is turned
   * live.
   */
  const seen = new Map<string, Position>();

  /** The keys and the first arguments of every script, for a model. */
  const progressCall = (projection: RedisProjection, partition: Partition): LuaCall => {
    const { base, live, own } = modelKeys(logId, projection, partition);
    return { keys: [live], args: [base, own] };
  };

  /** The meta of the live generation, for the step that a full Redis must still allow: a deletion, and no script. */
  const liveMeta = async (projection: RedisProjection, partition: Partition): Promise<string> => {
    const keys = modelKeys(logId, projection, partition);
    return metaKey(keys, (await redis.ask((client) => client.get(keys.live))) ?? keys.own);
  };

  /**
   * A full Redis refuses writes and still answers reads: the model would fall behind and still be read. Removing `live`
   * is a deletion, which is allowed; the runner turns the model live again once it has caught up.
   */
  const giveUpWhenFull = async (projection: RedisProjection, partition: Partition, error: unknown): Promise<never> => {
    if (isFull(error)) {
      const meta = await liveMeta(projection, partition);
      await redis.ask((client) => client.hdel(meta, 'live'));
    }
    throw error;
  };

  return {
    kind: 'redis',

    async progress(projection, partition) {
      const { keys, args } = progressCall(projection, partition);
      const progress = progressOf(await redis.run(askProgress, keys, args), partition, epochs);
      seen.set(modelKeys(logId, projection, partition).live, progress.position);
      return progress;
    },

    // An observation only: it does not count as seen, or a model that was emptied unnoticed by its runner could turn
    // live.
    async progressOfAll(projections, partitions) {
      const calls = projections.flatMap((projection) =>
        Array.from({ length: partitions }, (_, partition) => progressCall(projection, partition)),
      );
      const replies = (await redis.ask((client) => askProgress.runAll(client, calls))).map((reply, index) =>
        progressOf(reply, index % partitions, epochs),
      );
      return projections.map((_, index) => replies.slice(index * partitions, (index + 1) * partitions));
    },

    async apply(projection, partition, from, to, events, { held, park } = { held: [], park: [] }) {
      const { base, live, own } = modelKeys(logId, projection, partition);
      const parking = [JSON.stringify(held), JSON.stringify(park.map((each) => [each.key, storedOf(each)]))];
      const args = [
        base,
        own,
        '',
        projection.version,
        from,
        to,
        encoded(projection, events),
        ...epochsOf(epochs, partition, from, to),
        ...parking,
      ];
      const reply = redis.run(applyTo(projection), [live], args);
      const [applied, stands] = (await reply.catch((error: unknown) =>
        giveUpWhenFull(projection, partition, error),
      )) as [number, number];
      seen.set(live, position(stands));
      return applied === 1 ? 'applied' : 'superseded';
    },

    async parked(projection, partition) {
      const { keys, args } = progressCall(projection, partition);
      const flat = (await redis.run(askParked, keys, args)) as readonly string[];
      const parked = Array.from({ length: flat.length / 2 }, (_, n) => parkedOf(flat[2 * n]!, flat[2 * n + 1]!));
      return parked.sort((a, b) => a.position - b.position);
    },

    async release(projection, partition, at, { parked, events, next }) {
      const { base, live, own } = modelKeys(logId, projection, partition);
      const args = [
        base,
        own,
        projection.version,
        at,
        parked.key,
        storedOf(parked),
        next ? storedOf(next) : '',
        encoded(projection, events),
      ];
      const reply = redis.run(releaseTo(projection), [live], args);
      const applied = await reply.catch((error: unknown) => giveUpWhenFull(projection, partition, error));
      return applied === 1 ? 'applied' : 'superseded';
    },

    async startOver(projection, partition, at) {
      const { base, live, own } = modelKeys(logId, projection, partition);
      const given = await redis.run(startOver, [live], [base, own, at, newSpace(projection)]);
      if (given === null) return;
      const [space, epoch] = given as readonly [string, string];
      await dropLost(redis, logId, projection, partition, { space, position: at, epoch });
    },

    async setLive(projection, partition, isLive) {
      const { base, live, own } = modelKeys(logId, projection, partition);
      if (isLive) {
        await redis.run(turnLive, [live], [base, own, seen.get(live) ?? 0]);
        return;
      }
      const meta = await liveMeta(projection, partition);
      await redis.ask((client) => client.hset(meta, 'live', '0'));
    },
  };
}

function progressOf(reply: unknown, partition: Partition, epochs: EpochsOfPositions): ProjectionProgress {
  const [space, stored, live, epoch] = reply as readonly [string, string | null, string | null, string | null];
  const at = position(Number(stored ?? 0));
  const lost = (): boolean => isLost(epochs, partition, at, epoch);
  return {
    position: at,
    live: live === '1' && !lost(),
    version: stored === null ? null : versionOfSpace(space),
    lost,
    ...(epoch ? { epoch: epochOf(Number(epoch)) } : {}),
  };
}

function scriptsOf(scriptOf: (body: string) => string): (projection: RedisProjection) => LuaScript {
  const scripts = new Map<RedisProjection, LuaScript>();
  return (projection) => {
    const script = scripts.get(projection) ?? luaScript(scriptOf(projection.script));
    scripts.set(projection, script);
    return script;
  };
}

/** The script that applies a batch, created once per projection. */
export const applyScripts = (): ((projection: RedisProjection) => LuaScript) => scriptsOf(applyScript);

/** As it is compared, byte by byte. */
const storedOf = ({ position: at, letter, reason, since }: ParkedKey): string =>
  JSON.stringify({ position: at, letter, reason, since: since.toISOString() });

function parkedOf(key: string, stored: string): ParkedKey {
  const { since, ...rest } = JSON.parse(stored) as Omit<ParkedKey, 'key' | 'since'> & { readonly since: string };
  return { key, ...rest, since: new Date(since) };
}

/** A failure to encode is a fault of the model or of the event, and not of Redis. */
export function encoded(projection: RedisProjection, events: readonly FoldedEvent[]): string {
  try {
    return JSON.stringify(events.map((event) => projection.encode(event)));
  } catch (cause) {
    throw new TypeError(
      `${projection.name} cannot encode an event: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}
