/** The measurements of one stored slice. */
export interface SliceSample {
  readonly records: number;
  /** Waiting for a connection of the pool, in milliseconds. */
  readonly waitMs: number;
  /** With the connection, in milliseconds. */
  readonly commitMs: number;
}

/**
 * The latency of an unloaded database, in milliseconds, by size class: class c has the slices of 2^c to 2^(c+1) − 1
 * records. A slice has a fixed cost and a cost per record, and both differ between databases, so each class has its own
 * baseline.
 */
export type Baselines = ReadonlyMap<number, number>;

/** A slice of an unseen class is compared with neighbouring ones; a median of fewer slices than this is noise. */
const MEANINGFUL = 8;

const { clz32 } = Math;
const classOf = (records: number): number => 31 - clz32(records < 1 ? 1 : records);

/** Wait and commit together; never zero, since it is a divisor. */
export function latencyOf({ waitMs, commitMs }: SliceSample): number {
  const took = waitMs + commitMs;
  return took > 0.01 ? took : 0.01;
}

/**
 * The baseline of slices of this size. Doubling a slice at most doubles its cost, and a smaller slice costs at most as
 * much as a larger one: so every class bounds every other. Without this, a class that is first seen under load would
 * take the loaded latency as its baseline.
 */
export function baselineOf(baselines: Baselines, records: number): number | null {
  const wanted = classOf(records);
  let lowest: number | null = null;
  for (const [known, baseline] of baselines) {
    const bound = wanted > known ? baseline * 2 ** (wanted - known) : baseline;
    if (lowest === null || bound < lowest) lowest = bound;
  }
  return lowest;
}

/**
 * Latencies below the baseline lower it by `down` of the difference (1: completely). A class without a baseline gets
 * one.
 */
export function lowered(
  baselines: Baselines,
  samples: readonly SliceSample[],
  down: number,
  atLeast = MEANINGFUL,
): Baselines {
  const next = new Map(baselines);
  for (const [sizeClass, latency] of mediansByClass(samples, baselines.size === 0 ? 1 : atLeast)) {
    const known = next.get(sizeClass);
    if (known === undefined) next.set(sizeClass, latency);
    else if (latency < known) next.set(sizeClass, known + down * (latency - known));
  }
  return next;
}

/**
 * Higher latencies in a probe raise the baselines of all classes by the same factor: the whole database has become
 * slower, also for sizes that were not tried since. By `up` of the difference, and at most by `most` of the baseline: a
 * small difference soon becomes normal, a large one may be a passing load of others.
 */
export function raised(baselines: Baselines, samples: readonly SliceSample[], up: number, most: number): Baselines {
  const ratio = median(
    samples.flatMap((sample) => {
      const baseline = baselineOf(baselines, sample.records);
      return baseline === null ? [] : [latencyOf(sample) / baseline];
    }),
  );
  if (ratio === null || ratio <= 1) return baselines;
  return new Map(
    [...baselines].map(([sizeClass, baseline]) => [sizeClass, baseline * (1 + Math.min(most, up * (ratio - 1)))]),
  );
}

export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function mediansByClass(samples: readonly SliceSample[], atLeast: number): [number, number][] {
  const byClass = new Map<number, number[]>();
  for (const sample of samples) {
    const sizeClass = classOf(sample.records);
    const latencies = byClass.get(sizeClass);
    if (latencies) latencies.push(latencyOf(sample));
    else byClass.set(sizeClass, [latencyOf(sample)]);
  }
  return [...byClass].flatMap(([sizeClass, latencies]) =>
    latencies.length < atLeast ? [] : [[sizeClass, median(latencies)!]],
  );
}
