import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { chooseFreePort } from '../../src/embedded/ports.js';
import { ensureCommand } from '../../src/embedded/system-packages.js';
import { quietLogger, until } from './conditions.js';

const run = promisify(execFile);

/** A command of Prometheus, from the operating system's packages. */
export const prometheusCommand = (command: 'prometheus' | 'promtool'): Promise<string> =>
  ensureCommand({
    server: 'Prometheus',
    command,
    packages: {
      apt: ['prometheus'],
      dnf: ['golang-github-prometheus'],
      apk: ['prometheus'],
      brew: ['prometheus'],
    },
    otherwise: 'leave this test out',
    log: quietLogger,
  });

/** @throws with the output, if it fails */
export async function promtool(...args: readonly string[]): Promise<string> {
  const file = await prometheusCommand('promtool');
  try {
    return (await run(file, args)).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`promtool ${args.join(' ')}:\n${stdout}${stderr}`, { cause: error });
  }
}

/** A running Prometheus, with the shipped rules. */
export interface Prometheus extends AsyncDisposable {
  /** The values of an instant query, those that are numbers. */
  values(expr: string): Promise<readonly number[]>;
  /** The firing alerts, each with its label of the fault: `MadangDependencyDown redis`. */
  firing(): Promise<readonly string[]>;
  /** Rules that it could not evaluate. */
  failedRules(): Promise<readonly string[]>;
}

interface RuleGroups {
  readonly groups: readonly { readonly rules: readonly { readonly name: string; readonly health: string }[] }[];
}

export interface PrometheusOptions {
  /** Its rules wait and look back for seconds in place of minutes. */
  readonly impatient?: boolean;
}

/** Scrapes processes of Madang each second. */
export async function startPrometheus(
  urls: readonly string[],
  { impatient = false }: PrometheusOptions = {},
): Promise<Prometheus> {
  const file = await prometheusCommand('prometheus');
  const dir = await mkdtemp(join(tmpdir(), 'madang-prometheus-'));
  const config = join(dir, 'prometheus.yml');
  const rules = await readFile('ops/prometheus/alerts.yml', 'utf8');
  await writeFile(join(dir, 'alerts.yml'), impatient ? hurried(rules) : rules);
  await writeFile(
    config,
    stringify({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: ['alerts.yml'],
      scrape_configs: [{ job_name: 'madang', static_configs: [{ targets: urls.map((url) => new URL(url).host) }] }],
    }),
  );
  const port = await chooseFreePort();
  const child = spawn(
    file,
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(dir, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await exited;
    await rm(dir, { recursive: true, force: true });
  };
  const ask = async <T>(path: string): Promise<T> => {
    const body = (await (await fetch(`http://127.0.0.1:${port}${path}`)).json()) as {
      readonly status: string;
      readonly error?: string;
      readonly data: T;
    };
    if (body.status !== 'success') throw new Error(`Prometheus refused ${decodeURIComponent(path)}: ${body.error}`);
    return body.data;
  };
  try {
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`Prometheus ended:\n${output}`);
      return fetch(`http://127.0.0.1:${port}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    }, 'Prometheus is ready');
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    async values(expr) {
      const { result } = await ask<{ readonly result: readonly { readonly value: readonly [number, string] }[] }>(
        `/api/v1/query?query=${encodeURIComponent(expr)}`,
      );
      return result.map(({ value }) => Number(value[1])).filter((value) => !Number.isNaN(value));
    },
    async firing() {
      const { alerts } = await ask<{
        readonly alerts: readonly { readonly state: string; readonly labels: Readonly<Record<string, string>> }[];
      }>('/api/v1/alerts');
      const fault = ({ dependency, role, projection, source }: Readonly<Record<string, string>>): string =>
        [dependency, role, projection, source].filter(Boolean).join(' ');
      const names = alerts
        .filter(({ state }) => state === 'firing')
        .map(({ labels }) => `${labels.alertname} ${fault(labels)}`.trim());
      return [...new Set(names)].toSorted();
    },
    async failedRules() {
      const { groups } = await ask<RuleGroups>('/api/v1/rules');
      return groups.flatMap(({ rules }) => rules.filter(({ health }) => health === 'err').map(({ name }) => name));
    },
    [Symbol.asyncDispose]: stop,
  };
}

const hurried = (rules: string): string =>
  rules
    .replaceAll(/\bfor: \d+[mh]/g, 'for: 3s')
    // A loss has to fall between two samples of the window, and on a busy machine some scrapes in a row fail.
    .replaceAll('[15m]', '[15s]')
    .replaceAll(/\[\d+m\]/g, '[6s]')
    .replaceAll(/offset \d+m/g, 'offset 30s')
    // A few events that wait, in place of thousands.
    .replaceAll('madang_projection_lag_events) > 5000', 'madang_projection_lag_events) > 5');
