import type { Partition } from '../domain/ids.js';

/** Asks about the keys of each partition in one call, partitions in parallel. Answers in the order of `keys`. */
export async function byPartition<K extends { readonly partition: Partition }, A>(
  keys: readonly K[],
  ask: (partition: Partition, keys: readonly K[]) => Promise<readonly A[]>,
): Promise<readonly A[]> {
  const places = new Map<Partition, number[]>();
  keys.forEach(({ partition }, index) => {
    const known = places.get(partition);
    if (known) known.push(index);
    else places.set(partition, [index]);
  });
  const answers: A[] = Array.from({ length: keys.length });
  await Promise.all(
    Array.from(places, async ([partition, indexes]) => {
      const found = await ask(
        partition,
        indexes.map((index) => keys[index]!),
      );
      indexes.forEach((index, n) => (answers[index] = found[n]!));
    }),
  );
  return answers;
}
