/** The sizes that the figures are about. The rounds take about a quarter of an hour, both engines together. */
export interface Sizes {
  readonly members: number;
  readonly messages: number;
  readonly quietRooms: number;
  readonly quietMessages: number;
  /** Fetches a second. */
  readonly quietPerSecond: number;
  readonly hotPerSecond: number;
  /** The smaller floods after each flood with the directive: they show how much load the other rooms do not notice. */
  readonly lessPerSecond: readonly number[];
  readonly sendsPerSecond: number;
  readonly clients: number;
  readonly fetchesEach: number;
  /** Rounds with the directive, and without it. */
  readonly rushRounds: { readonly on: number; readonly off: number };
  readonly floodRounds: { readonly on: number; readonly off: number };
  /** Until V8 has compiled the hot code: half a minute later the same work takes a seventh less time. */
  readonly warmUpSeconds: number;
  /** The quiet time before each flood. */
  readonly quietSeconds: number;
  readonly floodSeconds: number;
  /** The time until a flood counts as settled: the room turns hot, and waiting requests are answered. */
  readonly onsetSeconds: number;
}

export const FULL: Sizes = {
  members: 5_000,
  messages: 100_000,
  quietRooms: 50,
  quietMessages: 60,
  quietPerSecond: 50,
  hotPerSecond: 3_500,
  lessPerSecond: [2_000, 1_000],
  sendsPerSecond: 100,
  clients: 700,
  fetchesEach: 10,
  rushRounds: { on: 2, off: 1 },
  floodRounds: { on: 2, off: 1 },
  warmUpSeconds: 40,
  quietSeconds: 16,
  floodSeconds: 20,
  onsetSeconds: 6,
};

/** A run that only shows that the scenario works: the figures say little. */
export const QUICK: Sizes = {
  ...FULL,
  lessPerSecond: [1_000],
  members: 500,
  messages: 2_000,
  clients: 200,
  fetchesEach: 5,
  rushRounds: { on: 1, off: 1 },
  floodRounds: { on: 1, off: 1 },
  warmUpSeconds: 2,
  quietSeconds: 3,
  floodSeconds: 8,
  onsetSeconds: 4,
};
