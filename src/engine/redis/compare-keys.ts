import type { Partition, Position } from '../domain/ids.js';
import { position } from '../domain/ids.js';
import type { RedisProjection } from '../projector/projection.js';
import type { Comparison, Difference, Generation } from '../rebuild/generation-store.js';
import { ComparisonError } from '../rebuild/generation-store.js';
import type { RedisConnection } from './client.js';
import { luaScript } from './lua-script.js';
import { modelKeys, versionOfSpace } from './model-keys.js';
import { scanModel } from './scan-model.js';
import { COMPARE, PROGRESS } from './store.lua.js';

/** Keys per script: a script blocks all other commands. */
const KEYS_AT_A_TIME = 50;
/** Retries of a batch while the live one moves during the other's catch-up. */
const TRIES = 200;
const EXAMPLES = 20;
const MOST_DIFFERENCES = 10_000;

const KINDS: Readonly<Record<number, Difference['kind']>> = { 1: 'altered', 2: 'missing', 3: 'extra' };

/**
 * Compares the keys of the live generation with those of another, a few at a time, each batch while both are at the
 * same position, which the script checks. If the live one has moved, the other one is folded up to it and the batch is
 * retried. Nothing is blocked.
 */
export async function compareKeys(
  redis: RedisConnection,
  logId: string,
  { projection, space }: Generation<RedisProjection>,
  partitions: number,
  catchUp: (positions: readonly Position[]) => Promise<void>,
): Promise<Comparison> {
  const compare = luaScript(COMPARE);
  const progress = luaScript(PROGRESS);
  const { name, version } = projection;
  const positions = Array.from({ length: partitions }, () => position(0));
  const differences = new Map<string, Difference>();
  let rows = 0;

  const moved = async (partition: Partition, at: Position): Promise<void> => {
    if (at < positions[partition]!)
      throw new ComparisonError(`${name} was emptied meanwhile: verify it again when it has filled`);
    positions[partition] = at;
    await catchUp(positions);
  };

  const compareSome = async (partition: Partition, names: readonly string[]): Promise<readonly number[]> => {
    const { base, live, own } = modelKeys(logId, projection, partition);
    for (let tries = 0; tries < TRIES; tries++) {
      const [at, other, ...verdicts] = (await redis.run(compare, [live], [base, own, space, ...names])) as [
        number,
        number,
        ...number[],
      ];
      if (at < positions[partition]!) await moved(partition, position(at));
      if (at === other) {
        positions[partition] = position(at);
        return verdicts;
      }
      await moved(partition, position(at));
    }
    throw new ComparisonError(
      `${name} moves too fast in partition ${partition} to be compared: verify it when there is less traffic`,
    );
  };

  const liveSpaces = await Promise.all(
    positions.map(async (_, partition) => {
      const { base, live, own } = modelKeys(logId, projection, partition);
      const [liveSpace, at] = (await redis.run(progress, [live], [base, own])) as [string, string | null];
      if (at !== null && versionOfSpace(liveSpace) !== version)
        throw new ComparisonError(`${name} became version ${versionOfSpace(liveSpace)} meanwhile: verify it again`);
      positions[partition] = position(Number(at ?? 0));
      return liveSpace;
    }),
  );
  // Both are at a common position at least once, also without any key.
  for (let partition = 0; partition < partitions; partition++) await compareSome(partition, []);

  const lots = new Map<
    string,
    { readonly partition: Partition; readonly fromLive: boolean; readonly names: string[] }
  >();
  const poll = async (lot: {
    readonly partition: Partition;
    readonly fromLive: boolean;
    readonly names: string[];
  }): Promise<void> => {
    const names = lot.names.splice(0);
    const verdicts = await compareSome(lot.partition, names);
    if (lot.fromLive) rows += names.length;
    names.forEach((key, index) => {
      const kind = KINDS[verdicts[index]!];
      if (kind && differences.size < MOST_DIFFERENCES)
        differences.set(`${lot.partition} ${key}`, { kind, where: 'keys', key });
    });
  };
  for await (const keys of scanModel(redis, logId, name)) {
    for (const key of keys) {
      const fromLive = key.space === liveSpaces[key.partition];
      if (key.rest === 'meta' || key.rest === 'parked' || (!fromLive && key.space !== space)) continue;
      const of = `${key.partition} ${key.space}`;
      const lot = lots.get(of) ?? { partition: key.partition, fromLive, names: [] };
      lots.set(of, lot);
      lot.names.push(key.rest);
      if (lot.names.length === KEYS_AT_A_TIME) await poll(lot);
    }
  }
  for (const lot of lots.values()) if (lot.names.length > 0) await poll(lot);

  const found = [...differences.values()];
  const count = (kind: Difference['kind']): number => found.filter((each) => each.kind === kind).length;
  return {
    positions,
    rows,
    missing: count('missing'),
    extra: count('extra'),
    altered: count('altered'),
    examples: found.slice(0, EXAMPLES),
    countedAll: differences.size < MOST_DIFFERENCES,
  };
}
