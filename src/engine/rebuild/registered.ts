import type { Generations } from './generations.js';

/**
 * The spaces that a sweep keeps: those being built or compared, at the time of each call. A process that has lost the
 * lock of the read model, and does not know yet, so deletes nothing of its successor.
 * @param unneeded registered ones that are deleted all the same: those that were there when this process took the lock
 */
export const registered =
  (generations: Pick<Generations, 'list'>, name: string, unneeded: readonly string[] = []) =>
  async (): Promise<readonly string[]> =>
    (await generations.list(name))
      .filter(({ role, space }) => (role === 'next' || role === 'check') && !unneeded.includes(space))
      .map(({ space }) => space);
