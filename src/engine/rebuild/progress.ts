import type { Logger } from '../runtime/logging.js';
import type { EventStore } from '../store/event-store.js';
import type { Generations } from './generations.js';
import type { Phase, Report } from './choice.js';
import type { Fold, FoldTarget } from './fold.js';

const POLL_INTERVAL_MS = 200;
const WRITE_EVERY_MS = 1_000;

export interface ProgressOptions {
  readonly fold: Fold;
  readonly targets: readonly FoldTarget[];
  readonly generations: Generations;
  readonly events: Pick<EventStore, 'heads'>;
  readonly report: Report;
  readonly logger: Logger;
}

/** Reports the progress: often to the caller, and more rarely to all others by the registry of generations. */
export function reportProgress({ fold, targets, generations, events, report, logger }: ProgressOptions) {
  let phase: Phase = 'building';
  let at: FoldTarget | null = null;
  let heads = 0;
  let written = { at: performance.now(), done: doneOf() };
  let writing: Promise<void> = Promise.resolve();

  function doneOf(): number {
    return targets.reduce((sum, target) => sum + fold.done(target), 0);
  }

  const write = async (): Promise<void> => {
    const now = { at: performance.now(), done: doneOf() };
    const perSecond =
      Math.max(0, (now.done - written.done) / targets.length) / Math.max(0.001, (now.at - written.at) / 1_000);
    written = now;
    heads = (await events.heads()).reduce((sum, head) => sum + head, 0);
    for (const target of targets) {
      const done = fold.done(target);
      const progress = {
        phase: at === null || at === target ? phase : 'waiting',
        done,
        total: Math.max(done, heads),
        perSecond: phase === 'building' ? perSecond : 0,
      };
      await generations.saveProgress(target.space, progress);
    }
  };

  const writeOrLog = (): Promise<void> =>
    write().catch((error: unknown) => logger.debug({ err: error }, 'could not save the progress of a rebuild'));
  const update = (): void => {
    // In events of the log, which is read once for all of them; the pace counts the same way.
    const done = Math.round(doneOf() / Math.max(1, targets.length));
    if (at === null) report({ phase, name: '', done, total: Math.max(done, heads) });
    if (performance.now() - written.at >= WRITE_EVERY_MS) writing = writeOrLog();
  };
  const timer = setInterval(update, POLL_INTERVAL_MS);
  timer.unref();

  return {
    async begin(first: Phase): Promise<void> {
      phase = first;
      await writeOrLog();
      update();
    },
    /** Before the first target continues alone. */
    update,
    /** While one target goes through its own phases. */
    report: ((progress) => {
      const changed = phase !== progress.phase || at?.projection.name !== progress.name;
      phase = progress.phase;
      at = targets.find(({ projection }) => projection.name === progress.name) ?? null;
      if (changed) writing = writing.then(writeOrLog);
      report(progress);
    }) satisfies Report,
    async end(): Promise<void> {
      clearInterval(timer);
      await writing;
    },
  };
}
