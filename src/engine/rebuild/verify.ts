import type { Position } from '../domain/ids.js';
import { position } from '../domain/ids.js';
import type { Comparison } from './generation-store.js';
import { ComparisonError } from './generation-store.js';
import { inVersion } from '../projector/projection.js';
import type { Choice, WorkOptions } from './choice.js';
import { liveVersion } from './choice.js';
import type { Fold, FoldTarget } from './fold.js';
import { openFold } from './fold.js';
import { reportProgress } from './progress.js';
import { registered } from './registered.js';

export interface Verified extends Comparison {
  readonly name: string;
  readonly store: string;
  readonly version: number;
  readonly equal: boolean;
  readonly seconds: number;
}

export interface VerifyResult {
  readonly verified: readonly Verified[];
  /** Comparisons that were impossible, which says nothing about the read model. */
  readonly failed: readonly { readonly name: string; readonly error: Error }[];
}

/**
 * Folds each read model afresh, beside the live one, and compares the two at a common position. Nothing is blocked, and
 * everything of it is deleted; the next run deletes the remains of a killed one.
 * @throws {ReadModelLockedError} another process works on one of them
 */
export function verify(options: WorkOptions): Promise<VerifyResult> {
  const { choices, generations } = options;
  return generations.exclusively(
    choices.map(({ projection }) => projection.name),
    (lost) => verifyLocked({ ...options, signal: AbortSignal.any([options.signal, lost]) }),
  );
}

async function verifyLocked(options: WorkOptions): Promise<VerifyResult> {
  const { choices, generations, events, report, signal, logger, partitions } = options;
  const targets: FoldTarget[] = [];
  const verified: Verified[] = [];
  const failed: { name: string; error: Error }[] = [];
  try {
    for (const choice of choices) targets.push(await begin(options, choice));
    const fold = await openFold({ ...options, targets });
    const reporting = reportProgress({ fold, targets, generations, events, report, logger });
    try {
      await reporting.begin('building');
      // Together up to the lowest live position; then each by itself.
      await fold.to(await lowest(options));
      reporting.update();
      for (const target of targets) {
        try {
          reporting.report({
            phase: 'comparing',
            name: target.projection.name,
            done: fold.done(target),
            total: fold.done(target),
          });
          verified.push(await compare(fold, target, partitions));
        } catch (error) {
          signal.throwIfAborted();
          failed.push({ name: target.projection.name, error: error as Error });
        }
      }
    } finally {
      await reporting.end();
    }
  } finally {
    for (const choice of choices)
      await removeChecks(options, choice).catch((error: unknown) =>
        logger.warn({ err: error }, 'the generation of a verification could not be deleted; the next one retries'),
      );
  }
  return { verified, failed };
}

async function compare(fold: Fold, target: FoldTarget, partitions: number): Promise<Verified> {
  const began = performance.now();
  const comparison = await target.store.compare(target, partitions, async (positions) => {
    await fold.to(positions, [target]);
    const failure = fold.failure(target);
    if (failure) throw failure;
    const ahead = fold.positions(target).findIndex((at, partition) => at > positions[partition]!);
    if (ahead >= 0)
      throw new ComparisonError(
        `${target.projection.name} went back in partition ${ahead} meanwhile: verify it again when it has caught up`,
      );
  });
  const { name, version } = target.projection;
  const equal = comparison.missing + comparison.extra + comparison.altered === 0 && comparison.countedAll;
  return {
    name,
    store: target.store.kind,
    version,
    equal,
    ...comparison,
    seconds: Math.round(performance.now() - began) / 1_000,
  };
}

/** An empty space for the live version. */
async function begin(options: WorkOptions, choice: Choice): Promise<FoldTarget> {
  const { generations, partitions } = options;
  const { store, isTransient } = choice;
  const live = (await liveVersion(choice, partitions)) ?? choice.projection.version;
  const projection = inVersion(choice.projection, live);
  if (!projection)
    throw new ComparisonError(
      `version ${live} of ${choice.projection.name} is live, which this program cannot fold: ` +
        'use the program that made it',
    );
  await removeChecks(options, choice);
  const space = store.newSpace(projection);
  await generations.add(projection.name, projection.version, 'check', space);
  const target = { projection, space, store, isTransient };
  await store.create(target);
  return target;
}

/** Leaves an unfinished rebuild as it is. */
async function removeChecks({ generations, partitions }: WorkOptions, { store, projection }: Choice): Promise<void> {
  const known = await generations.list(projection.name);
  const unneeded = known.flatMap(({ role, space }) => (role === 'next' ? [] : [space]));
  await store.sweep(projection, partitions, registered(generations, projection.name, unneeded));
  for (const { role, space } of known) if (role === 'check' || role === 'dropped') await generations.forget(space);
}

/** The lowest live position by partition. */
async function lowest({ choices, partitions }: WorkOptions): Promise<readonly Position[]> {
  const all = await Promise.all(
    choices.map(async ({ live, projection }) => (await live.progressOfAll([projection], partitions))[0]!),
  );
  return Array.from({ length: partitions }, (_, partition) =>
    position(Math.min(...all.map((progress) => progress[partition]!.position))),
  );
}
