import type { Partition } from '../engine/domain/ids.js';
import type { Choice } from '../engine/rebuild/choice.js';
import type { GenerationRecord, Generations } from '../engine/rebuild/generations.js';
import type { ReadModelSet } from '../engine/gateway/read-model-progress.js';
import type { Projection } from '../engine/projector/projection.js';
import type { ParkedKey, ProjectionProgress } from '../engine/projector/projection-store.js';
import type { EventStore } from '../engine/store/event-store.js';

/** Everything that is needed to ask and to change read models. */
export interface ReadModelAccess {
  readonly sets: readonly ReadModelSet[];
  readonly choices: readonly Choice[];
  readonly generations: Generations;
  readonly events: Pick<EventStore, 'heads'>;
  readonly partitions: number;
}

export interface PartitionStatus {
  readonly partition: number;
  /** Null, like the values derived from it, if the store does not answer. */
  readonly position: number | null;
  readonly head: number;
  readonly lag: number | null;
  readonly live: boolean | null;
}

export interface ReadModelStatus {
  readonly name: string;
  readonly store: 'postgres' | 'redis';
  /** The live version; this program's before the first projection. */
  readonly version: number;
  /** Of this program. If it is higher than the live one, the projectors of its release build it. */
  readonly programVersion: number;
  readonly lag: number | null;
  /** Rooms, users and campaigns with held events. Null if the store does not answer. */
  readonly parked: number | null;
  /** Whether queries read from it in every partition. Null if the store does not answer. */
  readonly live: boolean | null;
  readonly partitions: readonly PartitionStatus[];
  /** Null: none is running or unfinished. */
  readonly rebuild: RebuildStatus | null;
  /** The generation for a rollback. */
  readonly kept: { readonly version: number } | null;
}

export interface RebuildStatus {
  readonly version: number;
  readonly phase: string;
  /** False: its process is gone. The next rebuild continues it. */
  readonly running: boolean;
  readonly events: number;
  readonly of: number;
  readonly eventsPerSecond: number;
  readonly by: string;
  readonly startedAt: string;
}

/** A running worker saves its progress every second. */
const IDLE_SECONDS = 10;

/** The status of every read model. One whose store does not answer has nulls. */
export async function readModelStatuses(access: ReadModelAccess): Promise<readonly ReadModelStatus[]> {
  const [known, heads] = await Promise.all([access.generations.list(), access.events.heads()]);
  const next = new Map(known.flatMap((each) => (each.role === 'next' ? [[each.name, rebuildStatus(each)]] : [])));
  const answers = access.sets.map(async (set) => {
    const facts = await factsOf(access, set).catch(() => null);
    return set.projections.map(({ name, store, version: programVersion }, index): ReadModelStatus => {
      const own = { name, store, programVersion, rebuild: next.get(name) ?? null };
      if (!facts) {
        const partitions = heads.map((head, partition) => ({ partition, position: null, head, lag: null, live: null }));
        return { ...own, version: programVersion, lag: null, parked: null, live: null, partitions, kept: null };
      }
      const { progress, parked, kept } = facts[index]!;
      const partitions = heads.map((head, partition) => {
        const { position = 0, live = false } = progress[partition] ?? {};
        return { partition, position, head, lag: Math.max(0, head - position), live };
      });
      return {
        ...own,
        version: lowest(progress) ?? programVersion,
        lag: partitions.reduce((sum, { lag }) => sum + lag, 0),
        parked: parked.length,
        live: partitions.every(({ live, head }) => live || head === 0),
        partitions,
        kept: kept && { version: kept.version },
      };
    });
  });
  return (await Promise.all(answers)).flat();
}

/** A key of the live generation whose events a read model holds back. */
export interface ParkedKeyOf extends ParkedKey {
  readonly projection: string;
  readonly partition: Partition;
}

/** By read model, partition and position. @throws the error of a store that does not answer */
export async function readParkedKeys(
  access: Pick<ReadModelAccess, 'sets' | 'partitions'>,
  name?: string,
): Promise<readonly ParkedKeyOf[]> {
  const parked = access.sets.flatMap((set) =>
    set.projections
      .filter((projection) => name === undefined || projection.name === name)
      .map(async (projection) => {
        const [progress] = await set.store.progressOfAll([projection], access.partitions);
        return parkedOf(set, projection, progress!);
      }),
  );
  return (await Promise.all(parked)).flat();
}

async function factsOf({ choices, partitions }: ReadModelAccess, set: ReadModelSet) {
  const progress = await set.store.progressOfAll(set.projections, partitions);
  return Promise.all(
    set.projections.map(async (projection, index) => {
      const { store } = choices.find((each) => each.projection === projection)!;
      const [parked, kept] = await Promise.all([
        parkedOf(set, projection, progress[index]!),
        store.kept(projection, partitions),
      ]);
      return { progress: progress[index]!, parked, kept };
    }),
  );
}

/** For the live generation, in any version. */
async function parkedOf(
  { store }: ReadModelSet,
  projection: Projection,
  progress: readonly ProjectionProgress[],
): Promise<readonly ParkedKeyOf[]> {
  const keys = progress.map(async ({ version }, partition) =>
    (await store.parked({ ...projection, version: version ?? projection.version }, partition)).map((key) => ({
      projection: projection.name,
      partition,
      ...key,
    })),
  );
  return (await Promise.all(keys)).flat();
}

/** Null before the first projection. */
const lowest = (progress: readonly ProjectionProgress[]): number | null =>
  progress.reduce<number | null>(
    (low, { version }) => (version === null ? low : Math.min(low ?? version, version)),
    null,
  );

const rebuildStatus = ({
  version,
  phase,
  idleSeconds,
  done,
  total,
  perSecond,
  runner,
  startedAt,
}: GenerationRecord) => ({
  version,
  phase,
  running: idleSeconds < IDLE_SECONDS,
  events: done,
  of: total,
  eventsPerSecond: Math.round(perSecond),
  by: runner,
  startedAt: startedAt.toISOString(),
});
