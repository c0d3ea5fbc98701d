import { Presets, SingleBar } from 'cli-progress';

/** How far a long command is, for whoever started it. */
export interface Progress {
  at(done: number): void;
  /** Leaves the last state standing. Idempotent. */
  end(): void;
}

export interface ProgressOptions {
  /** Such as `storing`. */
  readonly what: string;
  readonly total: number;
  /** Such as `codes`. */
  readonly unit: string;
  readonly out?: NodeJS.WriteStream;
}

const LINE_EVERY_MS = 5_000;

/** A bar with rate and time left on a terminal; elsewhere a line every few seconds and one at the end. On stderr, so that output stays clean. */
export function startProgress({ what, total, unit, out = process.stderr }: ProgressOptions): Progress {
  const started = performance.now();
  const figures = (done: number): { readonly rate: string; readonly left: string } => {
    const seconds = (performance.now() - started) / 1_000;
    const rate = seconds > 0 ? done / seconds : 0;
    return { rate: rate.toFixed(0), left: done === 0 ? '?' : `${Math.ceil((total - done) / rate)} s` };
  };
  return out.isTTY ? drawBar({ what, total, unit, out }, figures) : writeLines({ what, total, unit, out }, figures);
}

type Figures = (done: number) => { readonly rate: string; readonly left: string };

function drawBar({ what, total, unit, out }: Required<ProgressOptions>, figures: Figures): Progress {
  const format = `${what} {bar} {percentage} % | {value}/{total} ${unit} | {rate}/s | {left} left`;
  // Neither is the cursor hidden nor wrapping turned off: an interrupt would leave the terminal like that.
  const bar = new SingleBar({ format, stream: out, hideCursor: false, linewrap: true, barsize: 24 }, Presets.shades_classic);
  bar.start(total, 0, figures(0));
  return {
    at: (done) => bar.update(done, figures(done)),
    end: () => bar.stop(),
  };
}

function writeLines({ what, total, unit, out }: Required<ProgressOptions>, figures: Figures): Progress {
  let last = performance.now();
  let latest = 0;
  let ended = false;
  const write = (): void => {
    const { rate, left } = figures(latest);
    out.write(`${what}: ${latest} of ${total} ${unit}, ${rate}/s${latest < total ? `, ${left} left` : ''}\n`);
  };
  return {
    at(done) {
      latest = done;
      if (performance.now() - last < LINE_EVERY_MS) return;
      last = performance.now();
      write();
    },
    end() {
      if (!ended && latest > 0) write();
      ended = true;
    },
  };
}
