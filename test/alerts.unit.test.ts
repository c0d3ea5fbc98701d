import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';

// Holds the alerts, their runbook and their tests together. test/integration/prometheus.int.test.ts runs promtool.

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<string, string>>;
}

interface AlertTest {
  readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[];
}

const read = (path: string): Promise<string> => readFile(path, 'utf8');
const { groups } = parse(await read('ops/prometheus/alerts.yml')) as {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
};
const rules = groups.flatMap((group) => group.rules);
const names = rules.map(({ alert }) => alert);
const runbook = await read('docs/runbook.md');

test('every alert has an entry in the runbook, in the same order, and names it', () => {
  const headings = Array.from(runbook.matchAll(/^## (.+)$/gm), ([, heading]) => heading!);
  expect(names.length).toBeGreaterThan(20);
  expect(headings.toSorted()).toEqual(names.toSorted());
  for (const { alert, annotations } of rules) {
    expect(annotations.runbook_url).toBe(`docs/runbook.md#${alert.toLowerCase()}`);
    expect(annotations.summary).toMatch(/\S/);
  }
});

test('the runbook gives each alert the severity of its rule', () => {
  for (const { alert, labels } of rules) {
    const [, severity] = new RegExp(`^## ${alert}\n\n(\\w+)\\. `, 'm').exec(runbook) ?? [];
    expect([alert, severity]).toEqual([alert, labels.severity]);
  }
});

test('every alert is tried by promtool: silent once, firing once', async () => {
  const { tests } = parse(await read('ops/prometheus/alerts.test.yml')) as { readonly tests: readonly AlertTest[] };
  const cases = tests.flatMap((each) => each.alert_rule_test);
  for (const name of names) {
    const own = cases.filter(({ alertname }) => alertname === name);
    expect([name, own.some((each) => each.exp_alerts.length === 0)]).toEqual([name, true]);
    expect([name, own.some((each) => each.exp_alerts.length > 0)]).toEqual([name, true]);
  }
});
