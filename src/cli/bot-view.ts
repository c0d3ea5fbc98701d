import type { Progress, Timed } from '../bot/index.js';
import { milliseconds } from './bot-report.js';
import { table } from './output.js';

/** Shows a run while it goes on. */
export interface View {
  show(progress: Progress): void;
  /** Leaves the last state on the screen. */
  end(): void;
}

const LINE_EVERY_MS = 5_000;
const BAR = 30;
const SHOWN: readonly Timed[] = ['join', 'send', 'deliver', 'replay', 'fetch', 'press', 'outcome'];

/** One screen that is drawn anew each second on a terminal; elsewhere a line every few seconds. On stderr. */
export const openView = (title: string, out: NodeJS.WriteStream = process.stderr): View =>
  out.isTTY ? drawScreens(title, out) : writeLines(out);

function drawScreens(title: string, out: NodeJS.WriteStream): View {
  let isFirst = true;
  return {
    show(progress) {
      const lines = screenOf(title, progress)
        .split('\n')
        .slice(0, Math.max(1, out.rows - 1));
      // Each line is cleared as it is overwritten: a screen that is cleared as a whole flickers.
      const drawn = lines.map((line) => `${line.slice(0, out.columns - 1)}\u001B[K\n`).join('');
      out.write(`${isFirst ? '\u001B[2J' : ''}\u001B[H${drawn}\u001B[J`);
      isFirst = false;
    },
    end: () => void (isFirst || out.write('\n')),
  };
}

/** Exported for its test. */
export function screenOf(title: string, progress: Progress): string {
  const { stage, seconds, ofSeconds, counts, latest, total, loopDelayMs } = progress;
  const done = ofSeconds === null ? 1 : Math.min(1, ofSeconds === 0 ? 1 : seconds / ofSeconds);
  const bar = '█'.repeat(Math.round(done * BAR)).padEnd(BAR, '░');
  const time = `${seconds.toFixed(0)}${ofSeconds === null ? '' : ` of ${ofSeconds.toFixed(0)}`} s`;
  const rows = SHOWN.filter((what) => total[what]).map((what) => {
    const [now, all] = [latest[what], total[what]!];
    const of = (ms: number | undefined): string => (ms === undefined ? '-' : milliseconds(ms));
    return [what, now?.count ?? 0, of(now?.p50), of(now?.p99), all.count, of(all.p50), of(all.p99), of(all.max)];
  });
  return [
    title,
    `${stage.padEnd(10)} ${bar} ${time}   Ctrl-C ends it early`,
    '',
    table(['ms', 'last second', 'p50', 'p99', 'whole run', 'p50', 'p99', 'max'], rows),
    `signed in ${counts.signedIn}   joined ${counts.joined}   cut ${counts.cuts}   interrupted ${counts.interrupted}`,
    `throttled ${counts.throttled}   retried ${counts.retried}   failures ${counts.failures}`,
    `delay of the bot's own event loop ${milliseconds(loopDelayMs)} ms`,
  ].join('\n');
}

function writeLines(out: NodeJS.WriteStream): View {
  let last = -Infinity;
  let stage = '';
  return {
    show(progress) {
      const isNew = progress.stage !== stage;
      if (!isNew && performance.now() - last < LINE_EVERY_MS) return;
      [last, stage] = [performance.now(), progress.stage];
      const { counts, total } = progress;
      out.write(
        `${stage}: ${progress.seconds.toFixed(0)} s, ${counts.signedIn} signed in, ${counts.joined} joined, ` +
          `${counts.sent} sent, ${counts.delivered} delivered ` +
          `(p99 ${milliseconds(total.deliver?.p99 ?? 0)} ms), ${counts.failures} failures\n`,
      );
    },
    end: () => undefined,
  };
}
