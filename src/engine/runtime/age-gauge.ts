import { Gauge } from 'prom-client';
import type { GaugeConfiguration, LabelValues } from 'prom-client';

/**
 * Seconds since a moment, computed when the gauge is read: an age grows also while its owner is stuck and sets nothing.
 * Zero for idle series, and no value for series whose idleness is unknown.
 */
export class AgeGauge<L extends string> extends Gauge<L> {
  readonly #series = new Map<string, { readonly labels: LabelValues<L>; readonly since: number | null }>();
  readonly #now: () => number;
  #idleKnown = true;

  constructor(configuration: Omit<GaugeConfiguration<L>, 'collect'>, now: () => number = Date.now) {
    super({ ...configuration, collect: () => this.#refresh() });
    this.#now = now;
  }

  /** @param since in milliseconds since 1970; null: idle */
  since(labels: LabelValues<L>, since: number | null): void {
    this.#series.set(JSON.stringify(labels), { labels, since });
  }

  forget(labels: LabelValues<L>): void {
    this.#series.delete(JSON.stringify(labels));
  }

  /** Whether series without work can be reported as idle. */
  idleKnown(known: boolean): void {
    this.#idleKnown = known;
  }

  #refresh(): void {
    this.reset();
    for (const { labels, since } of this.#series.values()) {
      if (since !== null) this.set(labels, Math.max(0, this.#now() - since) / 1_000);
      else if (this.#idleKnown) this.set(labels, 0);
    }
  }
}
