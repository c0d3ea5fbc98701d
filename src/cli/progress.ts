import { Presets, SingleBar } from 'cli-progress';

/** The progress of a long command, for its caller. */
export interface Progress {
  /** @param total the new total, if it has changed */
  at(done: number, total?: number): void;
  /** Leaves the last state on the screen. Idempotent. */
  end(): void;
}

export interface ProgressOptions {
  /** Such as `storing`. */
  readonly label: string;
  readonly total: number;
  /** Such as `codes`. */
  readonly unit: string;
  /** The part that was done before by another run: it does not count for the rate. */
  readonly begun?: number;
  readonly out?: NodeJS.WriteStream;
}

const LINE_EVERY_MS = 5_000;

/**
 * A bar with rate and time left on a terminal; elsewhere a line every few seconds and one at the end. On stderr, so
 * that output stays clean.
 */
export function startProgress({
  label: what,
  total,
  unit,
  begun = 0,
  out = process.stderr,
}: ProgressOptions): Progress {
  const started = performance.now();
  const figures: Figures = (done, of) => {
    const seconds = (performance.now() - started) / 1_000;
    const rate = seconds > 0 ? (done - begun) / seconds : 0;
    return { rate: rate.toFixed(0), left: done === begun ? '?' : `${Math.ceil((of - done) / rate)} s` };
  };
  return out.isTTY
    ? drawBar({ label: what, total, unit, begun, out }, figures)
    : writeLines({ label: what, total, unit, begun, out }, figures);
}

type Figures = (done: number, total: number) => { readonly rate: string; readonly left: string };

function drawBar({ label: what, total, unit, begun, out }: Required<ProgressOptions>, figures: Figures): Progress {
  const format = `${what} {bar} {percentage} % | {value}/{total} ${unit} | {rate}/s | {left} left`;
  // The cursor is not hidden, and wrapping stays on: an interrupt would leave the terminal without them.
  const bar = new SingleBar(
    { format, stream: out, hideCursor: false, linewrap: true, barsize: 24 },
    Presets.shades_classic,
  );
  bar.start(total, begun, figures(begun, total));
  return {
    at(done, of = total) {
      if (of !== bar.getTotal()) bar.setTotal(of);
      bar.update(done, figures(done, of));
    },
    end: () => bar.stop(),
  };
}

function writeLines({ label: what, total, unit, out }: Required<ProgressOptions>, figures: Figures): Progress {
  let last = performance.now();
  let latest = 0;
  let latestOf = total;
  let ended = false;
  const write = (): void => {
    const { rate, left } = figures(latest, latestOf);
    out.write(`${what}: ${latest} of ${latestOf} ${unit}, ${rate}/s${latest < latestOf ? `, ${left} left` : ''}\n`);
  };
  return {
    at(done, of = total) {
      latest = done;
      latestOf = of;
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
