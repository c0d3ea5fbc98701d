import type { Partition } from '../domain/ids.js';

/** A command as it stands in the log. */
export interface AppendedCommand {
  readonly key: string;
  readonly payload: string;
}

export interface TakenCommand extends AppendedCommand {
  readonly at: number;
}

/**
 * Commands that were appended together, the offset of the first, and the time of the append, in milliseconds since
 * 1970.
 */
export interface AppendedBatch {
  readonly first: number;
  readonly at: number;
  readonly items: readonly AppendedCommand[];
}

/** The latest appends, of this process and from notifications: consumers in this process need not read them back. */
export interface RecentAppends {
  add(partition: Partition, batch: AppendedBatch): void;
  /** Commands from an offset on, up to the first gap; empty if the first is missing. */
  from(partition: Partition, from: number, max: number): readonly TakenCommand[];
  /** All of a partition. */
  of(partition: Partition): readonly AppendedBatch[];
  /** Drops batches that may belong to an earlier log. */
  forget(partition: Partition, known: readonly AppendedBatch[]): void;
}

/** Several servers append at the same time, and a consumer may be a few batches behind. */
const MAX_BATCHES = 8;
const MAX_CHARACTERS = 2 ** 20;
/**
 * Batches are dropped between one and two of these periods after they came. Commands contain what people write, and a
 * partition may be idle for long: see `src/erasure/places.ts`.
 */
const KEEP_MS = 5_000;

const endOf = ({ first, items }: AppendedBatch): number => first + items.length;
const charactersOf = ({ items }: AppendedBatch): number => items.reduce((sum, { payload }) => sum + payload.length, 0);

export function createRecentAppends(partitions: number, keepMs = KEEP_MS): RecentAppends {
  /** In order of arrival; between servers that need not be the order of offsets. */
  const batches: AppendedBatch[][] = Array.from({ length: partitions }, () => []);
  const addedAt = new WeakMap<AppendedBatch, number>();
  let timer: NodeJS.Timeout | undefined;

  const dropOld = (): void => {
    const before = performance.now() - keepMs;
    for (const [partition, kept] of batches.entries())
      batches[partition] = kept.filter((batch) => addedAt.get(batch)! > before);
    timer = batches.some((kept) => kept.length > 0) ? setTimeout(dropOld, keepMs).unref() : undefined;
  };

  return {
    add(partition, batch) {
      addedAt.set(batch, performance.now());
      timer ??= setTimeout(dropOld, keepMs).unref();
      const kept = [batch];
      let characters = charactersOf(batch);
      for (const each of batches[partition]!.toReversed()) {
        characters += charactersOf(each);
        if (kept.length === MAX_BATCHES || characters > MAX_CHARACTERS) break;
        kept.push(each);
      }
      batches[partition] = kept.reverse();
    },

    from(partition, from, max) {
      const found: TakenCommand[] = [];
      for (let next = from; found.length < max; next = from + found.length) {
        const batch = batches[partition]!.findLast((each) => each.first <= next && next < endOf(each));
        if (!batch) break;
        const { first, at, items } = batch;
        for (const { key, payload } of items.slice(next - first, next - first + max - found.length))
          found.push({ key, payload, at });
      }
      return found;
    },

    of: (partition) => batches[partition]!,

    forget(partition, known) {
      batches[partition] = batches[partition]!.filter((each) => !known.includes(each));
    },
  };
}
