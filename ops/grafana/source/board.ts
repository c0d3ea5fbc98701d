import type { Dashboard, Panel, RowPanel } from '@grafana/schema';
import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueJustifyMode,
  BigValueTextMode,
  DashboardCursorSync,
  FieldColorModeId,
  GraphDrawStyle,
  LegendDisplayMode,
  LineInterpolation,
  PercentChangeColorMode,
  SortOrder,
  StackingMode,
  ThresholdsMode,
  TooltipDisplayMode,
  VariableHide,
  VariableRefresh,
  VariableSort,
  VisibilityMode,
  VizOrientation,
} from '@grafana/schema';
import type { Options } from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type {
  FieldConfig as SeriesConfig,
  Options as SeriesOptions,
} from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

// Makes dashboards from short descriptions. The types are Grafana's own: the compiler checks every option of a panel.

/** A query with the names of its series, in Grafana's form: `{{label}}`. */
export interface Query {
  readonly expr: string;
  readonly legend: string;
}

export interface PanelDescription {
  readonly title: string;
  /** What is unusual, and where to look then. */
  readonly description: string;
  /** Grafana's name: `short`, `s`, `ops`, `bytes`, `percentunit`. */
  readonly unit: string;
  readonly queries: readonly Query[];
  /** A single number, red from `bad` on; else a chart. */
  readonly number?: { readonly bad?: number; readonly goodAbove?: number };
  readonly stacked?: boolean;
}

export interface BoardDescription {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly rows: readonly { readonly title: string; readonly panels: readonly PanelDescription[] }[];
}

const SOURCE = { type: 'prometheus', uid: '${source}' } as const;
const WIDTH = 24;
const NUMBER = { w: 4, h: 4 } as const;
const CHART = { w: 8, h: 8 } as const;

function thresholds({ bad, goodAbove }: NonNullable<PanelDescription['number']>) {
  const steps =
    goodAbove !== undefined
      ? [
          { color: 'red', value: null },
          { color: 'green', value: goodAbove },
        ]
      : [{ color: 'green', value: null }, ...(bad === undefined ? [] : [{ color: 'red', value: bad }])];
  return { mode: ThresholdsMode.Absolute, steps };
}

const numberOptions: Options = {
  reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
  orientation: VizOrientation.Auto,
  textMode: BigValueTextMode.Auto,
  colorMode: BigValueColorMode.Value,
  graphMode: BigValueGraphMode.Area,
  justifyMode: BigValueJustifyMode.Auto,
  percentChangeColorMode: PercentChangeColorMode.Standard,
  showPercentChange: false,
  wideLayout: true,
};

const chartOptions: SeriesOptions = {
  legend: {
    calcs: ['lastNotNull', 'max'],
    displayMode: LegendDisplayMode.Table,
    placement: 'bottom',
    showLegend: true,
  },
  tooltip: { mode: TooltipDisplayMode.Multi, sort: SortOrder.Descending },
};

const chartConfig = (stacked: boolean): SeriesConfig => ({
  drawStyle: GraphDrawStyle.Line,
  lineInterpolation: LineInterpolation.Linear,
  lineWidth: 1,
  fillOpacity: stacked ? 30 : 10,
  showPoints: VisibilityMode.Never,
  spanNulls: false,
  stacking: { mode: stacked ? StackingMode.Normal : StackingMode.None, group: 'A' },
});

function panel({ title, description, unit, queries, number, stacked = false }: PanelDescription): Omit<Panel, 'id'> {
  const common = {
    title,
    description,
    datasource: SOURCE,
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCodePoint(65 + index),
      datasource: SOURCE,
      expr,
      legendFormat: legend,
      editorMode: 'code',
      range: true,
    })),
  };
  const defaults = { unit, noValue: number ? '–' : 'none so far' };
  return number
    ? {
        ...common,
        type: 'stat',
        fieldConfig: {
          defaults: { ...defaults, color: { mode: FieldColorModeId.Thresholds }, thresholds: thresholds(number) },
          overrides: [],
        },
        options: { ...numberOptions },
      }
    : {
        ...common,
        type: 'timeseries',
        fieldConfig: {
          defaults: {
            ...defaults,
            min: 0,
            color: { mode: FieldColorModeId.PaletteClassic },
            custom: { ...chartConfig(stacked) },
          },
          overrides: [],
        },
        options: { ...chartOptions },
      };
}

/** Rows from top to bottom, and panels from left to right. */
function layOut(rows: BoardDescription['rows']): (Panel | RowPanel)[] {
  const placed: (Panel | RowPanel)[] = [];
  let y = 0;
  for (const { title, panels } of rows) {
    const gridPos = { x: 0, y, w: WIDTH, h: 1 };
    placed.push({ id: placed.length + 1, type: 'row', title, collapsed: false, gridPos, panels: [] });
    y += 1;
    let x = 0;
    let height = 0;
    for (const each of panels) {
      const { w, h } = each.number ? NUMBER : CHART;
      if (x + w > WIDTH) [x, y, height] = [0, y + height, 0];
      placed.push({ id: placed.length + 1, ...panel(each), gridPos: { x, y, w, h } });
      x += w;
      height = Math.max(height, h);
    }
    y += height;
  }
  return placed;
}

export function dashboard({ uid, title, description, rows }: BoardDescription): Dashboard {
  return {
    uid,
    title: `Madang: ${title}`,
    description,
    tags: ['madang'],
    schemaVersion: 41,
    version: 1,
    editable: true,
    graphTooltip: DashboardCursorSync.Crosshair,
    time: { from: 'now-1h', to: 'now' },
    timezone: 'browser',
    refresh: '10s',
    annotations: { list: [] },
    links: [
      {
        title: 'Madang',
        type: 'dashboards',
        tags: ['madang'],
        asDropdown: true,
        includeVars: true,
        keepTime: true,
        targetBlank: false,
        icon: 'external link',
        tooltip: '',
        url: '',
      },
    ],
    templating: {
      list: [
        {
          name: 'source',
          label: 'Prometheus',
          type: 'datasource',
          query: 'prometheus',
          hide: VariableHide.dontHide,
          refresh: VariableRefresh.onDashboardLoad,
          regex: '',
          includeAll: false,
          multi: false,
          options: [],
        },
        {
          name: 'instance',
          label: 'Process',
          type: 'query',
          datasource: SOURCE,
          query: { query: 'label_values(madang_build_info, instance)', refId: 'instance' },
          hide: VariableHide.dontHide,
          refresh: VariableRefresh.onTimeRangeChanged,
          sort: VariableSort.alphabeticalAsc,
          includeAll: true,
          allValue: '.*',
          multi: true,
          current: { text: ['All'], value: ['$__all'] },
          options: [],
        },
      ],
    },
    panels: layOut(rows),
  };
}
