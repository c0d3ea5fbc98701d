import type { BarChart } from './bar-chart.js';

/** One table of figures, for people. */
export interface FigureTable {
  /** Empty where the scenario has one table alone. */
  readonly title: string;
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A figure that stands for a scenario where there is room for few, such as in the README. */
export interface Headline {
  readonly measured: string;
  readonly figure: string;
}

/** The result of a benchmark: tables for people, and the same figures for programs. */
export interface BenchResult {
  readonly tables: readonly FigureTable[];
  readonly headlines: readonly Headline[];
  /** Pictures of the docs. */
  readonly charts?: readonly BarChart[];
  /** Events over time, as text for a terminal. */
  readonly plots?: readonly string[];
  /** The meaning of the figures and the way they were taken, a line each. */
  readonly notes: readonly string[];
  readonly figures: unknown;
}

export interface ScenarioOptions {
  /** A short run to see that it works, where a scenario has one: its figures say little. */
  readonly quick: boolean;
}

export interface Scenario {
  readonly name: string;
  /** One line for the list of scenarios. */
  readonly about: string;
  run(report: (progress: string) => void, options: ScenarioOptions): Promise<BenchResult>;
}
