import type { Phase, Report } from '../engine/rebuild/choice.js';
import type { Progress } from './progress.js';
import { startProgress } from './progress.js';

export interface WorkProgress {
  readonly report: Report;
  /** Leaves the last state on the screen. Idempotent. */
  end(): void;
}

export interface WorkProgressOptions {
  /** Such as `rebuild`. */
  readonly purpose: string;
  /** Lines of JSON instead of a bar. */
  readonly json: boolean;
  /** The requested maximum of events a second. */
  readonly pace?: number | null;
  readonly out?: NodeJS.WriteStream;
}

const JSON_EVERY_MS = 1_000;

/**
 * The progress of work on generations: a bar or lines for each phase of each read model; with `json` a line of JSON
 * each second, and for each phase.
 */
export function followWork({ purpose, json, pace = null, out = process.stderr }: WorkProgressOptions): WorkProgress {
  return json ? jsonLines(purpose, out) : phases(out, pace);
}

const PHASES: Readonly<Record<Phase, string>> = {
  building: 'building',
  completing: 'indexing',
  'catching up': 'catching up',
  swapping: 'swapping',
  comparing: 'comparing',
};

function phases(out: NodeJS.WriteStream, pace: number | null): WorkProgress {
  let shown: { readonly what: string; readonly progress: Progress } | null = null;
  const end = (): void => {
    shown?.progress.end();
    shown = null;
  };
  return {
    report({ phase, name, done, total }) {
      // Only a long phase has a bar. The others are a line.
      const what = name === '' ? PHASES[phase] : `${name}: ${PHASES[phase]}`;
      if (shown?.what !== what) {
        end();
        if (phase !== 'building') return void (shown = { what, progress: line(out, what) });
        shown = {
          what,
          progress: startProgress({
            label: pace === null ? what : `${what}, at most ${pace} events/s`,
            total,
            unit: 'events',
            begun: done,
            out,
          }),
        };
      }
      shown.progress.at(done, total);
    },
    end,
  };
}

function line(out: NodeJS.WriteStream, what: string): Progress {
  out.write(`${what}\n`);
  return { at: () => undefined, end: () => undefined };
}

function jsonLines(purpose: string, out: NodeJS.WriteStream): WorkProgress {
  const started = performance.now();
  let last = { at: Number.NEGATIVE_INFINITY, what: '' };
  let first: number | null = null;
  return {
    report({ phase, name, done, total }) {
      const now = performance.now();
      first ??= done;
      const what = `${phase} ${name}`;
      if (what === last.what && now - last.at < JSON_EVERY_MS) return;
      last = { at: now, what };
      const eventsPerSecond = Math.round(((done - first) * 1_000) / Math.max(1, now - started));
      const secondsLeft =
        phase === 'building' && eventsPerSecond > 0 ? Math.ceil((total - done) / eventsPerSecond) : null;
      out.write(
        `${JSON.stringify({
          progress: purpose,
          phase,
          ...(name === '' ? {} : { name }),
          events: done,
          of: total,
          eventsPerSecond,
          secondsLeft,
        })}\n`,
      );
    },
    end: () => undefined,
  };
}
