/** What a benchmark gives: rows for people, and the same figures for programs. */
export interface BenchResult {
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What happened over time, as text for a terminal. */
  readonly plots?: readonly string[];
  /** What the figures say and how they were taken, a line each. */
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
