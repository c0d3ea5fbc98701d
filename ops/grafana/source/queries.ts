// PromQL of the processes that the dashboard shows.

/** The series of a metric, with further conditions such as `code="INTERNAL"`. */
export const of = (metric: string, where = ''): string =>
  `${metric}{instance=~"$instance"${where === '' ? '' : `, ${where}`}}`;

/** The sum of a counter's rate, by labels. */
export const perSecond = (metric: string, by = '', where = ''): string =>
  `sum${by === '' ? '' : ` by (${by})`} (rate(${of(metric, where)}[$__rate_interval]))`;

/** A quantile of a histogram, by labels. */
export const quantile = (q: number, metric: string, by = ''): string =>
  `histogram_quantile(${q}, sum by (le${by === '' ? '' : `, ${by}`}) ` +
  `(rate(${of(`${metric}_bucket`)}[$__rate_interval])))`;

/** The same where there was none yet: a counter with labels begins with its first value. */
export const orNone = (expr: string): string => `${expr} or vector(0)`;
