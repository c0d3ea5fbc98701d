import { Presets, SingleBar } from 'cli-progress';

/** How far a long command is, for whoever started it. */
export interface Progress {
  /** @param total where it is another one by now */
  at(done: number, total?: number): void;
  /** Leaves the last state standing. Idempotent. */
  end(): void;
}

export interface ProgressOptions {
  /** Such as `storing`. */
  readonly what: string;
  readonly total: number;
  /** Such as `codes`. */
  readonly unit: string;
  /** What was done before, by somebody else: it does not count for the rate. */
  readonly begun?: number;
  readonly out?: NodeJS.WriteStream;
}

const LINE_EVERY_MS = 5_000;

/**
 * A bar with rate and time left on a terminal; elsewhere a line every few seconds and one at the end. On stderr, so
 * that output stays clean.
 */
export function startProgress({ what, total, unit, begun = 0, out = process.stderr }: ProgressOptions): Progress {
  const started = performance.now();
  const figures: Figures = (done, of) => {
    const seconds = (performance.now() - started) / 1_000;
    const rate = seconds > 0 ? (done - begun) / seconds : 0;
    return { rate: rate.toFixed(0), left: done === begun ? '?' : `${Math.ceil((of - done) / rate)} s` };
  };
  return out.isTTY
    ? drawBar({ what, total, unit, begun, out }, figures)
    : writeLines({ what, total, unit, begun, out }, figures);
}

type Figures = (done: number, total: number) => { readonly rate: string; readonly left: string };

function drawBar({ what, total, unit, begun, out }: Required<ProgressOptions>, figures: Figures): Progress {
  const format = `${what} {bar} {percentage} % | {value}/{total} ${unit} | {rate}/s | {left} left`;
  // Neither is the cursor hidden nor wrapping turned off: an interrupt would leave the terminal like that.
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

function writeLines({ what, total, unit, out }: Required<ProgressOptions>, figures: Figures): Progress {
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
