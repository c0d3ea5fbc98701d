import type { Partition } from '../domain/ids.js';

/** A command as it stands in the log. */
export interface AppendedCommand {
  readonly key: string;
  readonly payload: string;
}

/** The same with the time at which the log took it. */
export interface TakenCommand extends AppendedCommand {
  readonly at: number;
}

/**
 * Commands that were appended together, the offset of the first, and when the log took them, in milliseconds since
 * 1970.
 */
export interface AppendedBatch {
  readonly first: number;
  readonly at: number;
  readonly items: readonly AppendedCommand[];
}

/** What was appended last, by this process or as others told it: whoever consumes here need not read it back. */
export interface RecentAppends {
  add(partition: Partition, batch: AppendedBatch): void;
  /** Commands from an offset on, as far as they are here without a hole; empty where the first is not. */
  from(partition: Partition, from: number, max: number): readonly TakenCommand[];
  /** Those that are here. */
  of(partition: Partition): readonly AppendedBatch[];
  /** Forgets some, which may belong to a log that was since made anew. */
  forget(partition: Partition, known: readonly AppendedBatch[]): void;
}

/** Several servers append at the same time, and a consumer may be a few batches behind. */
const MAX_BATCHES = 8;
const MAX_CHARACTERS = 2 ** 20;
/**
 * Then, or as long again later, they are let go of. Commands are what people write, and a partition may stay quiet for
 * long: `src/erasure/places.ts`.
 */
const KEEP_MS = 5_000;

const endOf = ({ first, items }: AppendedBatch): number => first + items.length;
const charactersOf = ({ items }: AppendedBatch): number => items.reduce((sum, { payload }) => sum + payload.length, 0);

export function createRecentAppends(partitions: number, keepMs = KEEP_MS): RecentAppends {
  /** In the order of coming, which between servers need not be that of the offsets. */
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
