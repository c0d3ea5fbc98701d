import { readFile, readdir, writeFile } from 'node:fs/promises';
import type { Panel } from '@grafana/schema';
import { DASHBOARDS } from '../ops/grafana/source/dashboards.js';
import { createMetrics } from '../src/metrics.js';
import { expressionsOf } from './support/dashboards.js';

// The committed dashboards are made from ops/grafana/source. test/e2e/dashboards.e2e.test.ts runs their queries.

const boards = Object.entries(DASHBOARDS);

test('the committed dashboards are those of their descriptions', async () => {
  const made = Object.fromEntries(boards.map(([name, board]) => [name, `${JSON.stringify(board, null, 2)}\n`]));
  const path = (name: string): string => `ops/grafana/${name}`;
  if (process.env.UPDATE_DOCS) for (const [name, text] of Object.entries(made)) await writeFile(path(name), text);
  const names = (await readdir('ops/grafana')).filter((name) => name.endsWith('.json'));
  const committed = await Promise.all(names.map(async (name) => [name, await readFile(path(name), 'utf8')]));
  expect(Object.fromEntries(committed)).toEqual(made);
});

test('dashboards have addresses and panels of their own, and use existing metrics', async () => {
  expect(new Set(boards.map(([, { uid }]) => uid)).size).toBe(boards.length);
  const metrics = new Set((await createMetrics().registry.getMetricsAsJSON()).map(({ name }) => name));
  for (const [name, board] of boards) {
    const ids = (board.panels ?? []).map(({ id }) => id);
    expect([name, new Set(ids).size]).toEqual([name, ids.length]);
    const used = expressionsOf(board).flatMap(({ expr }) =>
      Array.from(expr.matchAll(/\bmadang_[a-z0-9_]+/g), ([metric]) => metric.replace(/_bucket$/, '')),
    );
    expect(used.length).toBeGreaterThan(5);
    expect(used.filter((metric) => !metrics.has(metric))).toEqual([]);
  }
});

test('no two panels of a dashboard overlap, and none is wider than the page', () => {
  for (const [name, board] of boards) {
    const taken = new Set<string>();
    for (const { title, gridPos } of board.panels as readonly Panel[]) {
      const { x, y, w, h } = gridPos!;
      expect([name, title, x + w <= 24]).toEqual([name, title, true]);
      for (let column = x; column < x + w; column += 1) {
        for (let row = y; row < y + h; row += 1) {
          const cell = `${column},${row}`;
          expect([name, title, taken.has(cell)]).toEqual([name, title, false]);
          taken.add(cell);
        }
      }
    }
  }
});
