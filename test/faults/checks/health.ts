import { readdir, readFile } from 'node:fs/promises';
import type { Cluster } from '../cluster.js';
import { FOREIGNER } from '../foreigner.js';
import type { History } from '../load/history.js';
import type { Check } from './check.js';
import { openCheck } from './check.js';

/** The memory limit of a process. The load is constant, so a process that grows reaches it in a long run. */
const MOST_MEGABYTES = 700;
const MOST_FILES = 400;

export interface Growth {
  /** Measures once. */
  look(): Promise<void>;
  check(): Check;
}

/** Watches the memory and the open files of each process. */
export function watchGrowth(cluster: Cluster): Growth {
  const most = new Map<string, { megabytes: number; files: number }>();
  return {
    async look() {
      for (const name of cluster.processes.running) {
        const pid = cluster.processes.pid(name);
        const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
        const files = await readdir(`/proc/${pid}/fd`).then(
          ({ length }) => length,
          () => 0,
        );
        const megabytes = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1_024;
        const before = most.get(name) ?? { megabytes: 0, files: 0 };
        most.set(name, { megabytes: Math.max(before.megabytes, megabytes), files: Math.max(before.files, files) });
      }
    },
    check() {
      const check = openCheck('processes do not grow without bound');
      for (const [name, { megabytes, files }] of most) {
        check.expectThat(megabytes < MOST_MEGABYTES, () => `${name} took ${Math.round(megabytes)} MB`);
        check.expectThat(files < MOST_FILES, () => `${name} had ${files} open files`);
      }
      const all = [...most.values()];
      return check.end(
        `at most ${Math.round(Math.max(...all.map(({ megabytes }) => megabytes)))} MB and ` +
          `${Math.max(...all.map(({ files }) => files))} open files in one of ${all.length} processes`,
      );
    },
  };
}

/**
 * Promise 9: every command of this load can be handled. A foreigner's records become dead letters unless they are
 * commands; a foreigner's good command has an outcome.
 */
export async function checkDeadLetters({ pool, foreigner }: Cluster): Promise<Check> {
  const check = openCheck('9. nothing in the dead letters that could be handled');
  const { rows } = await pool.query<{ source: string; partition: number; place: number; reason: string }>(
    `SELECT source, partition, place, reason FROM dead_letters WHERE payload || coalesce(key, '') ` +
      `NOT LIKE '%${FOREIGNER}%' AND reason NOT LIKE 'the record batch at offsets%'`,
  );
  for (const row of rows)
    check.expectThat(false, () => `${row.source}, partition ${row.partition}, at ${row.place}: ${row.reason}`);
  const sent = [...(foreigner?.acknowledged ?? [])];
  const { rows: decided } = await pool.query<{ id: string }>(
    'SELECT command_id AS id FROM receipts WHERE command_id = ANY($1)',
    [sent],
  );
  const known = new Set(decided.map(({ id }) => id));
  for (const id of sent) check.expectThat(known.has(id), () => `the good command ${id} of a foreigner has no outcome`);
  return check.end(`${rows.length} dead letters; ${sent.length} good commands of a foreigner`);
}

/** Promise 10, and the errors that clients may get at all. */
export function checkAnswers({ wrong, counts, commands }: History): Check {
  const check = openCheck('10. nobody sees data of others, and all errors are ones that allow a retry');
  for (const what of wrong) check.expectThat(false, () => what);
  const answers = [...commands.values()].reduce((sum, command) => sum + command.answers.length, 0);
  return check.end(
    `${answers} answers to commands, ${counts.reads} pages; a stranger was refused ${counts.refusals} times`,
  );
}

/**
 * The lost events are recorded in the database and logged by the processes. Without a loss there is nothing to check.
 */
export async function checkLosses({ pool, processes, said }: Cluster, { losses }: History): Promise<Check> {
  const check = openCheck('12. the loss of a promotion is reported, and no lost event is shown from then on');
  const { rows } = await pool.query<{ lost: number }>(
    'SELECT lost_to - fork AS lost FROM event_epochs WHERE lost_to IS NOT NULL',
  );
  const events = rows.reduce((sum, { lost }) => sum + lost, 0);
  check.expectThat(events > 0, () => `${losses.length} promotions, and no word of what they lost`);
  const lines = [...said.values(), ...processes.running.map((name) => processes.log(name))]
    .flat()
    .filter(({ msg }) => msg.startsWith('the database went back in time')).length;
  check.expectThat(lines > 0, () => `${events} events are lost, and no process has said so`);
  return check.end(`${losses.length} promotions lost ${events} events, of which ${lines} lines tell`);
}

export function checkProcesses({ processes }: Cluster, troubles: readonly string[]): Check {
  const check = openCheck('no process ends by itself, and each stops in good order');
  for (const what of [...processes.fallen, ...troubles]) check.expectThat(false, () => what);
  return check.end('every exit');
}
