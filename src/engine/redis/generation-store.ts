import type { Partition, Position } from '../domain/ids.js';
import { position } from '../domain/ids.js';
import type { RedisProjection } from '../projector/projection.js';
import type { Generation, GenerationStore, SwapOptions, SwapOutcome } from '../rebuild/generation-store.js';
import { NewerVersionLiveError } from '../rebuild/generation-store.js';
import type { RedisConnection } from './client.js';
import { compareKeys } from './compare-keys.js';
import { dropLost } from './drop-lost.js';
import { luaScript } from './lua-script.js';
import type { EpochsOfPositions } from './model-epochs.js';
import { epochsOf, isLost } from './model-epochs.js';
import { metaKey, modelKeys, newSpace, parkedKey, versionOfSpace } from './model-keys.js';
import { applyScripts, encoded } from './projection-store.js';
import { scanModel } from './scan-model.js';
import { DROP_UNUSED, PROGRESS, SWAP } from './store.lua.js';

/** A script blocks all other commands while it runs. */
const LARGEST_BATCH = 500;
const MOST_REST = 2_000;
/** Retries while the live one moves between the last fold and the swap. */
const TRIES = 20;

/**
 * Generations of read models in Redis: each has a space in the names of its keys, and a meta with its checkpoint. A
 * generation that is emptied while it is built (FLUSHALL) is at 0 again and is folded from there. The caller owns the
 * connection and closes it.
 */
export function redisGenerationStore(
  redis: RedisConnection,
  logId: string,
  epochs: EpochsOfPositions,
): GenerationStore<RedisProjection> {
  const applyTo = applyScripts();
  const swapScript = luaScript(SWAP);
  const progressScript = luaScript(PROGRESS);
  const dropUnused = luaScript(DROP_UNUSED);

  const positions = (redisModel: Generation<RedisProjection>, partitions: number): Promise<readonly Position[]> =>
    Promise.all(Array.from({ length: partitions }, (_, partition) => positionOf(redisModel, partition)));

  const positionOf = async (
    { projection, space }: Generation<RedisProjection>,
    partition: Partition,
  ): Promise<Position> => {
    const meta = metaKey(modelKeys(logId, projection, partition), space);
    const [stored, epoch = null] = await redis.ask((client) => client.hmget(meta, 'position', 'epoch'));
    const at = position(Number(stored ?? 0));
    if (!isLost(epochs, partition, at, epoch)) return at;
    // It holds lost events: it is folded from the first event, as if it had been emptied.
    await dropLost(redis, logId, projection, partition, { space, position: at, epoch: epoch ?? '' });
    return position(0);
  };

  const apply: GenerationStore<RedisProjection>['apply'] = async (
    { projection, space },
    partition,
    from,
    to,
    events,
  ) => {
    const { base, live, own } = modelKeys(logId, projection, partition);
    const args = [
      base,
      own,
      space,
      projection.version,
      from,
      to,
      encoded(projection, events),
      ...epochsOf(epochs, partition, from, to),
    ];
    const [applied] = (await redis.run(applyTo(projection), [live], args)) as [number, number];
    return applied === 1 ? 'applied' : 'superseded';
  };

  /** The space that `key` names in each partition. */
  const named = (
    projection: RedisProjection,
    partitions: number,
    key: 'live' | 'kept',
  ): Promise<readonly (string | null)[]> =>
    redis.ask((client) =>
      client.mget(Array.from({ length: partitions }, (_, partition) => modelKeys(logId, projection, partition)[key])),
    );

  const swapPartition = async (
    generation: Generation<RedisProjection>,
    partition: Partition,
    { folded, rest, mayGoBack }: SwapOptions,
  ): Promise<SwapOutcome> => {
    const { projection, space } = generation;
    const { base, live, own } = modelKeys(logId, projection, partition);
    for (let tries = 0; tries < TRIES; tries++) {
      const from = await positionOf(generation, partition);
      // Emptied since: the live one is at its beginning, too, and this one must not serve as complete.
      if (from < folded[partition]!) return 'behind';
      const [liveSpace, at] = (await redis.run(progressScript, [live], [base, own])) as [string, string | null];
      const to = position(Math.max(from, Number(at ?? 0)));
      if (liveSpace !== space && to - from > MOST_REST) return 'behind';
      if (liveSpace !== space && to > from) {
        const branch = epochs.epochOf({ partition, position: to });
        const events = await rest(partition, from, to);
        for (let first = 0, stands = from; stands < to; first += LARGEST_BATCH) {
          const batch = events.slice(first, first + LARGEST_BATCH);
          const next = first + LARGEST_BATCH < events.length ? batch.at(-1)!.position : to;
          // The events read may be lost ones.
          if (epochs.epochOf({ partition, position: to }) !== branch) return 'behind';
          if ((await apply(generation, partition, stands, next, batch)) === 'superseded') return 'behind';
          stands = next;
        }
      }
      const swapped = await redis.run(
        swapScript,
        [live],
        [base, own, space, to, projection.version, mayGoBack ? 1 : 0],
      );
      if (swapped === -1)
        throw new NewerVersionLiveError(`a newer version of ${projection.name} is live: use the program that made it`);
      if (swapped === 1) return 'swapped';
    }
    return 'behind';
  };

  return {
    kind: 'redis',
    largestBatch: LARGEST_BATCH,
    positions,
    apply,

    newSpace,

    // The first batch creates the keys, and queries need nothing else.
    create: () => Promise.resolve(),
    complete: () => Promise.resolve(),

    async swap(generation, options) {
      for (const partition of options.folded.keys()) {
        const outcome = await swapPartition(generation, partition, options);
        if (outcome !== 'swapped') return outcome;
      }
      return 'swapped';
    },

    async kept(projection, partitions) {
      const [space = null, ...others] = await named(projection, partitions, 'kept');
      return space === null || others.some((each) => each !== space) ? null : { space, version: versionOfSpace(space) };
    },

    async parked({ projection, space }, partitions) {
      const counts = Array.from({ length: partitions }, (_, partition) =>
        redis.ask((client) => client.hlen(parkedKey(modelKeys(logId, projection, partition), space))),
      );
      return (await Promise.all(counts)).reduce((all, keys) => all + keys, 0);
    },

    async sweep(projection, partitions, alsoKeep) {
      for await (const keys of scanModel(redis, logId, projection.name)) {
        if (keys.length === 0) continue;
        const needed = await alsoKeep();
        for (let partition = 0; partition < partitions; partition++) {
          const others = keys.filter((key) => key.partition === partition && !needed.includes(key.space));
          if (others.length === 0) continue;
          const { base, live, own } = modelKeys(logId, projection, partition);
          await redis.run(dropUnused, [live], [base, own, ...others.flatMap(({ space, rest }) => [space, rest])]);
        }
      }
    },

    async dropKept(projection, partitions) {
      const keys = Array.from({ length: partitions }, (_, partition) => modelKeys(logId, projection, partition).kept);
      return (await redis.ask((client) => client.unlink(...keys))) > 0;
    },

    compare: (generation, partitions, catchUp) => compareKeys(redis, logId, generation, partitions, catchUp),
  };
}
