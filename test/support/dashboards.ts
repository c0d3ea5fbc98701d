import type { Dashboard, Panel } from '@grafana/schema';

export interface Expression {
  readonly panel: string;
  readonly expr: string;
}

/** The queries of a dashboard's panels. */
export const expressionsOf = ({ title, panels = [] }: Dashboard): readonly Expression[] =>
  (panels as readonly Panel[]).flatMap((panel) =>
    (panel.targets ?? []).map(({ expr }) => ({ panel: `${title}: ${panel.title}`, expr: String(expr) })),
  );

/** A query as Grafana would send it, with every process chosen. */
export const resolved = (expr: string, rateInterval: string): string =>
  expr.replaceAll('$instance', '.*').replaceAll('$__rate_interval', rateInterval);
