import { readFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { sendSignal } from '../../src/embedded/processes.js';
import { until } from '../support/conditions.js';
import type { FaultSite } from '../support/fault-site.js';
import { openFaultSite } from '../support/fault-site.js';
import type { WireUser } from '../support/wire.js';
import { codeOf, commanded, signInOnWire } from '../support/wire.js';

/** The gauges of a process: `name{labels}` and their values. */
async function gauges(url: string): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return new Map(
    Array.from(text.matchAll(/^(madang_\w+(?:\{[^}]*\})?) (\S+)$/gm), ([, name, value]) => [name!, Number(value)]),
  );
}

/** The shipped alerts that only test a gauge's value, and their names. */
const rules = Array.from(
  (await readFile('ops/prometheus/alerts.yml', 'utf8')).matchAll(
    /alert: (\w+)\n(?:\s+#.*\n)*\s+expr: (madang_\w+) == (\d+)\n/g,
  ),
  ([, alert, metric, value]) => ({
    alert: alert!,
    metric: metric!,
    value: Number(value),
  }),
);

const firing = async (url: string): Promise<readonly string[]> => {
  const now = [...(await gauges(url))];
  return rules.flatMap(({ alert, metric, value }) =>
    now.filter(([name, is]) => name.split('{')[0] === metric && is === value).map(([name]) => `${alert} ${name}`),
  );
};

/** A server with all of its processes: those of PostgreSQL are no group. */
async function everyProcess(pid: number): Promise<readonly number[]> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8'))
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number);
  return [pid, ...children];
}

describe('metrics for operators', () => {
  let site: FaultSite;
  let user: WireUser;
  const url = (): string => site.url('all');

  beforeAll(async () => {
    site = await openFaultSite('embedded');
    await site.start('all');
    user = await signInOnWire(url(), `operator-${randomUUID().slice(0, 8)}`);
    await commanded(user, 'createRoom', { title: 'x' });
  });
  afterAll(async () => {
    await site?.[Symbol.asyncDispose]();
  });

  test('PostgreSQL hangs: alerts fire, errors count, and an unknown lag has no value', async () => {
    const lagging = async (): Promise<readonly string[]> =>
      [...(await gauges(url())).keys()].filter((name) =>
        /^madang_(decider_lag|projection_lag|feed_lag|process_manager_lag|dead_letters_waiting)/.test(name),
      );
    // Without a replica its metric is absent.
    expect(rules.map(({ alert }) => alert)).toEqual(['MadangNotReady', 'MadangDependencyDown', 'MadangReplicaUnused']);
    await until(async () => (await lagging()).length > 6, 'the lag to be measured');
    await until(async () => (await firing(url())).length === 0, 'all to be well');
    const stopped = await everyProcess(site.postgres.pid);
    for (const pid of stopped) sendSignal(pid, 'SIGSTOP');
    try {
      await until(async () => (await firing(url())).length === 3, 'the alerts to fire', 30_000);
      const down = (dependency: string): string =>
        `MadangDependencyDown madang_dependency_up{dependency="${dependency}"}`;
      expect((await firing(url())).toSorted()).toEqual([
        down('command_log'),
        down('postgresql'),
        'MadangNotReady madang_ready',
      ]);
      expect((await gauges(url())).get('madang_dependency_up{dependency="redis"}')).toBe(1);
      await until(async () => (await lagging()).length === 0, 'the lag to be unknown', 30_000);
      expect(codeOf(await user.ask('mutation { createRoom(input: { title: "x" }) { receipt { status } } }'))).toBe(
        'UNAVAILABLE',
      );
      expect(
        (await gauges(url())).get('madang_graphql_errors_total{code="UNAVAILABLE",transport="http"}'),
      ).toBeGreaterThan(0);
    } finally {
      for (const pid of stopped) sendSignal(pid, 'SIGCONT');
    }
    await until(async () => (await firing(url())).length === 0, 'all to be well again', 60_000);
    await until(async () => (await lagging()).length > 6, 'the lag to be measured again', 30_000);
  }, 180_000);

  test('partitions move: only the new process has their series', async () => {
    const GAUGES = [
      'madang_projection_lag_events{projection="rooms",',
      'madang_process_manager_lag_events{manager="register-claimed-user",',
      'madang_decider_oldest_command_seconds{queue="commands",',
    ];
    const partitionsOf = async (process: string, gauge: string): Promise<readonly string[]> =>
      [...(await gauges(site.url(process))).keys()]
        .filter((name) => name.startsWith(gauge))
        .map((name) => name.slice(gauge.length))
        .toSorted();
    const all = Array.from({ length: 6 }, (_, partition) => `partition="${partition}"}`);
    const shared = async (): Promise<boolean> => {
      const owned = await Promise.all(
        GAUGES.map(async (gauge) => [await partitionsOf('all', gauge), await partitionsOf('other', gauge)] as const),
      );
      return owned.every(
        ([one, other]) =>
          one.length === 3 &&
          other.length === 3 &&
          JSON.stringify([...one, ...other].toSorted()) === JSON.stringify(all),
      );
    };
    await site.start('other');
    await until(shared, 'each process to tell of its own partitions alone', 60_000);
    expect(await site.stop('other')).toBe(0);
    await until(
      async () =>
        (await Promise.all(GAUGES.map((gauge) => partitionsOf('all', gauge)))).every(
          (partitions) => partitions.length === 6,
        ),
      'the first one to tell of all again',
      60_000,
    );
  }, 180_000);

  test('errors are counted by code and transport', async () => {
    const count = async (): Promise<number> =>
      (await gauges(url())).get('madang_graphql_errors_total{code="BAD_USER_INPUT",transport="http"}') ?? 0;
    const before = await count();
    expect(codeOf(await user.ask('mutation { createRoom(input: { title: "" }) { receipt { status } } }'))).toBe(
      'BAD_USER_INPUT',
    );
    // Counted when the answer is on its way.
    await until(async () => (await count()) === before + 1, 'the refusal to be counted');
  });
});
