import type { Position } from '../domain/ids.js';
import type { ReadRest } from './generation-store.js';
import { pause, pauseMs } from '../runtime/retry.js';
import type { WorkOptions } from './choice.js';
import type { Fold, FoldTarget } from './fold.js';

/** Few enough events for a swap, which folds the rest itself. */
const NEAR = 500;
/** A long query or a backup holds the live tables. Tries become slower, and after this many the reason is reported. */
const BUSY_PAUSE = { firstMs: 20, maxMs: 2_000 };
const MOST_BUSY = 300;

export interface Steps {
  readonly catchingUpSeconds: number;
  readonly swappingSeconds: number;
}

/** Brings a generation that is nearly complete to the moving end, and makes it the live one. */
export async function promote(
  options: WorkOptions,
  fold: Fold,
  target: FoldTarget,
  how: { readonly mayGoBack: boolean },
): Promise<Steps> {
  const { events, signal } = options;
  const { name, handles } = target.projection;
  const without = events.catalog.types.filter((type) => !handles.includes(type));
  const rest: ReadRest = (partition, after, upTo) => events.readRange(partition, after, upTo, without, upTo - after);
  let catchingUpSeconds = 0;
  let swappingSeconds = 0;
  for (let busy = 0; ;) {
    signal.throwIfAborted();
    const began = performance.now();
    await catchUp(options, fold, target);
    const near = performance.now();
    catchingUpSeconds += (near - began) / 1_000;
    options.report({ phase: 'swapping', name, done: fold.done(target), total: fold.done(target) });
    const outcome = await target.store.swap(target, { folded: fold.positions(target), rest, ...how });
    swappingSeconds += (performance.now() - near) / 1_000;
    if (outcome === 'swapped')
      return { catchingUpSeconds: rounded(catchingUpSeconds), swappingSeconds: rounded(swappingSeconds) };
    if (outcome === 'behind') {
      // It was emptied meanwhile, and is folded again from its checkpoint.
      await fold.reload(target);
      continue;
    }
    if (++busy === MOST_BUSY) {
      throw new Error(
        `${name} is built, and cannot take the place of the live one, ` +
          'since something holds its tables all the time: find long transactions, ' +
          'and run the command again',
      );
    }
    options.logger.info({ projection: name, busy }, 'the live tables are in use; retrying the swap');
    await pause(pauseMs(BUSY_PAUSE, busy), signal);
  }
}

/** Folds up to the end, again and again, until few new events have come. */
async function catchUp({ events, report }: WorkOptions, fold: Fold, target: FoldTarget): Promise<void> {
  for (;;) {
    const heads = await events.heads();
    const behind = distance(fold.positions(target), heads);
    const done = fold.done(target);
    report({ phase: 'catching up', name: target.projection.name, done, total: done + behind });
    await fold.to(heads, [target]);
    const failure = fold.failure(target);
    if (failure) throw failure;
    if (behind <= NEAR) return;
  }
}

const distance = (from: readonly Position[], to: readonly Position[]): number =>
  to.reduce((sum, head, partition) => sum + Math.max(0, head - from[partition]!), 0);

const rounded = (seconds: number): number => Math.round(seconds * 1_000) / 1_000;
