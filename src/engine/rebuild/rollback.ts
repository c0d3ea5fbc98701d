import { inVersion } from '../projector/projection.js';
import type { Choice, WorkOptions } from './choice.js';
import type { FoldTarget } from './fold.js';
import { openFold } from './fold.js';
import { promote } from './promote.js';
import { registered } from './registered.js';

export interface RolledBack {
  readonly name: string;
  readonly store: string;
  readonly version: number;
  /** Events that the kept one had to catch up with. */
  readonly events: number;
  readonly seconds: number;
}

/** There is no kept generation, or this program cannot use it. */
export class NothingKeptError extends Error {
  readonly code = 'NOTHING_KEPT';
}

/**
 * Makes the generation before the last swap the live one again, caught up with the events since. The live one is kept,
 * so that a second rollback undoes the first.
 */
export function rollback(options: WorkOptions, choice: Choice): Promise<RolledBack> {
  const { generations, partitions, events, report, logger } = options;
  const { name } = choice.projection;
  return generations.exclusively([name], async (lost) => {
    const began = performance.now();
    const inner = { ...options, signal: AbortSignal.any([options.signal, lost]) };
    const kept = await choice.store.kept(choice.projection, partitions);
    if (!kept)
      throw new NothingKeptError(`nothing is kept of ${name}: it was never swapped, or the kept one was dropped`);
    const known = inVersion(choice.projection, kept.version);
    if (!known)
      throw new NothingKeptError(
        `version ${kept.version} of ${name} is kept, which this program cannot fold: use the program that made it`,
      );
    // Without compaction: if an event cannot be folded, everything before it must be right.
    const { compact: _compact, ...projection } = known;
    const target: FoldTarget = { projection, space: kept.space, store: choice.store, isTransient: choice.isTransient };
    const parked = await choice.store.parked(target, partitions);
    if (parked > 0)
      throw new NothingKeptError(
        `version ${kept.version} of ${name} was kept with parked keys (${parked}), ` +
          'and lacks their events: rebuild it instead',
      );
    const fold = await openFold({ ...inner, targets: [target] });
    const from = fold.done(target);
    report({ phase: 'building', name, done: from, total: (await events.heads()).reduce((sum, head) => sum + head, 0) });
    // Later migrations have added indexes to the live tables alone.
    report({ phase: 'completing', name, done: from, total: from });
    await choice.store.complete(target);
    await promote(inner, fold, target, { mayGoBack: true });
    logger.info({ projection: name, version: kept.version }, 'a read model is rolled back');
    const seconds = Math.round(performance.now() - began) / 1_000;
    return { name, store: choice.store.kind, version: kept.version, events: fold.done(target) - from, seconds };
  });
}

/** Deletes an unfinished generation. False without one. */
export function abandonNext(
  { generations, partitions }: Pick<WorkOptions, 'generations' | 'partitions'>,
  { store, projection }: Choice,
): Promise<boolean> {
  return generations.exclusively([projection.name], async () => {
    const begun = (await generations.list(projection.name)).filter(({ role }) => role === 'next');
    // Its registration is deleted last: after a crash in between, the next rebuild finds it.
    const unneeded = begun.map(({ space }) => space);
    if (begun.length > 0) await store.sweep(projection, partitions, registered(generations, projection.name, unneeded));
    for (const space of unneeded) await generations.forget(space);
    return begun.length > 0;
  });
}

/** Deletes the kept generation, and all unneeded ones. False without a kept one. */
export function dropKept(
  { generations, partitions }: Pick<WorkOptions, 'generations' | 'partitions'>,
  { store, projection }: Choice,
): Promise<boolean> {
  return generations.exclusively([projection.name], async () => {
    const dropped = await store.dropKept(projection, partitions);
    const known = await generations.list(projection.name);
    const unneeded = known.flatMap(({ role, space }) => (role === 'next' ? [] : [space]));
    await store.sweep(projection, partitions, registered(generations, projection.name, unneeded));
    for (const { role, space } of known) if (role !== 'next') await generations.forget(space);
    return dropped;
  });
}
