import { chooseFreePort } from '../../src/embedded/ports.js';

/** Free ports. They are chosen at random, and two could be equal, since nothing listens on them yet. */
export async function distinctPorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await chooseFreePort());
  return [...ports];
}
