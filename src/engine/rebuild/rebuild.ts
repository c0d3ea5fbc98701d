import { NewerVersionLiveError } from './generation-store.js';
import type { Choice, Phase, WorkOptions } from './choice.js';
import { liveVersion } from './choice.js';
import type { Fold, FoldTarget } from './fold.js';
import { UnfoldableEventError, openFold } from './fold.js';
import { promote } from './promote.js';
import { registered } from './registered.js';
import { reportProgress } from './progress.js';

export interface Rebuilt {
  readonly name: string;
  readonly store: string;
  readonly version: number;
  /** Events of the log that this run read: all, or those after the place where an earlier run stopped. */
  readonly events: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  /** Whether an earlier run had begun it. */
  readonly resumed: boolean;
  /** The duration of each phase, in seconds. Read models that are rebuilt together share the building. */
  readonly phases: Readonly<Record<Exclude<Phase, 'comparing'>, number>>;
}

export interface RebuildResult {
  readonly rebuilt: readonly Rebuilt[];
  readonly failed: readonly { readonly name: string; readonly error: Error }[];
}

/**
 * Builds each read model anew beside the live one and makes it the live one when it has caught up. Continues where an
 * earlier run stopped or crashed: a generation is registered before it is created, and its rows move together with its
 * checkpoint.
 *
 *   building ─► completing ─► catching up ─► swapping
 *                                  ▲            │
 *                                  └─ behind, busy
 * @param isWanted called for each under its lock: the earlier holder of the lock may have changed the situation
 * @throws {ReadModelLockedError} another process works on one of them
 */
export function rebuild(
  options: WorkOptions,
  isWanted: (choice: Choice) => Promise<boolean> = () => Promise.resolve(true),
): Promise<RebuildResult> {
  const { choices, generations } = options;
  return generations.exclusively(
    choices.map(({ projection }) => projection.name),
    async (lost) => {
      const wanted: Choice[] = [];
      for (const choice of choices) if (await isWanted(choice)) wanted.push(choice);
      return rebuildLocked({ ...options, choices: wanted, signal: AbortSignal.any([options.signal, lost]) });
    },
  );
}

async function rebuildLocked(options: WorkOptions): Promise<RebuildResult> {
  const { choices, generations, events, signal, logger } = options;
  const began = performance.now();
  const begun = [];
  for (const choice of choices) begun.push({ choice, ...(await begin(options, choice)) });
  const targets = begun.map(({ target }) => target);
  const fold = await openFold({ ...options, targets });
  const from = new Map(targets.map((target) => [target, fold.done(target)]));
  const reporting = reportProgress({ fold, targets, generations, events, report: options.report, logger });
  const inner: WorkOptions = { ...options, report: reporting.report };
  const rebuilt: Rebuilt[] = [];
  const failed: { name: string; error: Error }[] = [];
  // Of one read model while others are swapped.
  let completing: ReadonlyMap<FoldTarget, Promise<void>> = new Map();
  const cleaning: Promise<void>[] = [];
  try {
    await reporting.begin('building');
    await fold.to(await events.heads());
    reporting.update();
    const building = seconds(began);
    completing = new Map(
      targets
        .filter((target) => fold.failure(target) === null)
        .map((target) => [target, target.store.complete(target)]),
    );
    // The await below reports the error.
    for (const each of completing.values()) each.catch(() => undefined);
    // Redis first: there is no work between building and swapping.
    for (const { choice, target, resumed } of begun.toSorted((a, b) =>
      b.target.store.kind.localeCompare(a.target.store.kind),
    )) {
      const { name, version } = target.projection;
      try {
        const steps = await finish(inner, fold, target, completing.get(target));
        const done = fold.done(target) - from.get(target)!;
        const took = seconds(began);
        rebuilt.push({
          name,
          store: target.store.kind,
          version,
          events: done,
          seconds: took,
          eventsPerSecond: Math.round(done / took),
          resumed,
          phases: { building, ...steps },
        });
        logger.info({ projection: name, version, events: done, seconds: took }, 'a read model is rebuilt');
        cleaning.push(cleanUp(options, choice));
      } catch (error) {
        signal.throwIfAborted();
        failed.push({ name, error: error as Error });
        if (error instanceof UnfoldableEventError) await discard(options, target);
      }
    }
  } finally {
    await Promise.allSettled([...completing.values(), ...cleaning]);
    await reporting.end();
  }
  const order = (name: string): number => choices.findIndex(({ projection }) => projection.name === name);
  return { rebuilt: rebuilt.toSorted((a, b) => order(a.name) - order(b.name)), failed };
}

const seconds = (since: number): number => Math.round(performance.now() - since) / 1_000;

/** The generation that an earlier run began, or a new one. */
async function begin(
  { generations, partitions }: WorkOptions,
  choice: Choice,
): Promise<{ readonly target: FoldTarget; readonly resumed: boolean }> {
  const { projection, store, isTransient } = choice;
  const { name, version } = projection;
  const live = await liveVersion(choice, partitions);
  if (live !== null && live > version)
    throw new NewerVersionLiveError(
      `version ${live} of ${name} is live, and this program has version ${version}: use the newer program`,
    );
  const known = await generations.list(name);
  const next = known.find(({ role }) => role === 'next');
  const resumed = next?.version === version;
  const space = resumed ? next.space : store.newSpace(projection);
  if (!resumed) await generations.add(name, version, 'next', space);
  const unneeded = known.map((each) => each.space).filter((each) => each !== space);
  await store.sweep(projection, partitions, registered(generations, name, unneeded));
  const target = { projection, space, store, isTransient };
  await store.create(target);
  return { target, resumed };
}

async function finish(
  options: WorkOptions,
  fold: Fold,
  target: FoldTarget,
  completed: Promise<void> | undefined,
): Promise<Omit<Rebuilt['phases'], 'building'>> {
  const { name } = target.projection;
  const failure = fold.failure(target);
  if (failure) throw failure;
  const began = performance.now();
  options.report({ phase: 'completing', name, done: fold.done(target), total: fold.done(target) });
  await completed;
  const completing = seconds(began);
  const { catchingUpSeconds, swappingSeconds } = await promote(options, fold, target, { mayGoBack: false });
  await options.generations.forget(target.space);
  return { completing, 'catching up': catchingUpSeconds, swapping: swappingSeconds };
}

/** Compaction may have dropped events before the one that cannot be folded, on its account: another run starts anew. */
async function discard(
  { generations, partitions }: WorkOptions,
  { store, projection, space }: FoldTarget,
): Promise<void> {
  if (!projection.compact) return;
  await store.sweep(projection, partitions, registered(generations, projection.name, [space]));
  await generations.forget(space);
}

/**
 * Deletes the earlier kept one, and remains of other runs. They block nothing, so that an error here is left to the
 * next run.
 */
async function cleanUp({ partitions, generations, logger }: WorkOptions, { store, projection }: Choice): Promise<void> {
  await store
    .sweep(projection, partitions, registered(generations, projection.name))
    .catch((error: unknown) =>
      logger.warn(
        { err: error, projection: projection.name },
        'unneeded generations could not be deleted; the next rebuild retries',
      ),
    );
}
