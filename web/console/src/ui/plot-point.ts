export interface PlotPoint {
  readonly at: number;
  /** Null where it is not known: the line has a gap there. */
  readonly value: number | null;
}
