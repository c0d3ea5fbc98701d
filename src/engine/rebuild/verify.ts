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

export interface Verified extends Comparison {
  readonly name: string;
  readonly store: string;
  readonly version: number;
  readonly equal: boolean;
  readonly seconds: number;
}

export interface VerifyResult {
  readonly verified: readonly Verified[];
  /** What could not be compared, which says nothing about the read model. */
  readonly failed: readonly { readonly name: string; readonly error: Error }[];
}

/**
 * Folds each read model afresh, beside the live one, and compares the two at a position where both stand. Nothing waits
 * for it, and nothing of it is left behind; what a killed one left, the next deletes.
 * @throws {ReadModelLockedError} where somebody else works on one of them
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
    const telling = reportProgress({ fold, targets, generations, events, report, logger });
    try {
      await telling.begin('building');
      // Together as far as all of the live ones are; each by itself from there.
      await fold.to(await lowest(options));
      telling.tell();
      for (const target of targets) {
        try {
          telling.report({
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
      await telling.end();
    }
  } finally {
    for (const choice of choices)
      await removeChecks(options, choice).catch((error: unknown) =>
        logger.warn({ err: error }, 'what a verification built could not be deleted; the next one tries again'),
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

/** An empty space for the version that is live. */
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

/** A rebuild that is under way, or was, is left as it is. */
async function removeChecks({ generations, partitions }: WorkOptions, { store, projection }: Choice): Promise<void> {
  const known = await generations.list(projection.name);
  const next = known.filter(({ role }) => role === 'next').map(({ space }) => space);
  await store.sweep(projection, partitions, next);
  for (const { role, space } of known) if (role === 'check' || role === 'dropped') await generations.forget(space);
}

/** Where all of the live ones are, by partition. */
async function lowest({ choices, partitions }: WorkOptions): Promise<readonly Position[]> {
  const all = await Promise.all(
    choices.map(async ({ live, projection }) => (await live.progressOfAll([projection], partitions))[0]!),
  );
  return Array.from({ length: partitions }, (_, partition) =>
    position(Math.min(...all.map((progress) => progress[partition]!.position))),
  );
}
