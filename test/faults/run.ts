import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Engine } from '../support/deployment.js';
import type { Check } from './checks/check.js';
import { checkCommands } from './checks/commands.js';
import { checkGifticons } from './checks/gifticons.js';
import { checkAnswers, checkDeadLetters, checkLosses, checkProcesses, watchGrowth } from './checks/health.js';
import { readLog } from './checks/log.js';
import { checkReadModels } from './checks/read-models.js';
import { checkOrder, checkSubscriptions } from './checks/rooms.js';
import type { Cluster } from './cluster.js';
import { openCluster } from './cluster.js';
import { createInjector } from './inject.js';
import type { Load, LoadSize } from './load/load.js';
import { startLoad } from './load/load.js';
import type { FaultKind, PlannedFault, Targets } from './plan.js';
import { describeFault, formatFault, formatHead } from './plan.js';
import { settleDown } from './settle.js';

export interface RunOptions {
  readonly engine: Engine;
  readonly seed: number;
  readonly minutes: number;
  /** The processes by their names, with the roles of each. */
  readonly shape: Readonly<Record<string, string>>;
  readonly load: LoadSize;
  readonly smallDisks: boolean;
  /** PostgreSQL has an asynchronous standby, which is promoted while it lacks the last commits. */
  readonly standby: boolean;
  readonly plan: (targets: Targets) => readonly PlannedFault[];
  /** The folder of the schedule and the logs. */
  readonly folder: string;
  readonly say: (line: string) => void;
  /** Ends the run early; all faults are ended and all processes stopped. */
  readonly signal: AbortSignal;
}

export interface RunResult {
  readonly faults: ReadonlyMap<FaultKind, number>;
  readonly checks: readonly Check[];
  /** Answers that allow a retry, by code, and broken connections. */
  readonly again: ReadonlyMap<string, number>;
  /** Errors that the processes logged, by message. */
  readonly logged: ReadonlyMap<string, number>;
}

const LOOK_MS = 5_000;

/** Begins and ends faults under load, and checks every promise. */
export async function runFaults(options: RunOptions): Promise<RunResult> {
  const { engine, seed, minutes, shape, standby, folder, say, signal } = options;
  await mkdir(folder, { recursive: true });
  say(
    `starting ${Object.keys(shape).length} processes on ` +
      (engine === 'kafka' ? 'PostgreSQL, Redis and three Kafka brokers' : 'PostgreSQL and Redis'),
  );
  await using cluster = await openCluster({ engine, shape, smallDisks: options.smallDisks, standby, folder });
  if (options.smallDisks && cluster.withoutDisks) say(`no disk is filled: ${cluster.withoutDisks}`);
  const plan = options.plan(cluster.targets);
  const schedule = join(folder, 'schedule.jsonl');
  await writeFile(schedule, formatHead({ engine, seed, minutes, standby }));

  const load = await startLoad(cluster, options.load, seed);
  const growth = watchGrowth(cluster);
  const faults = new Map<FaultKind, number>();
  const began = performance.now();
  const tell = (what: string): void =>
    say(`${((performance.now() - began) / 1_000).toFixed(1).padStart(7)} s  ${what}`);
  const injector = createInjector(cluster, load.history, tell);
  const watching = setInterval(() => {
    injector.revive();
    void growth.look();
  }, LOOK_MS);
  try {
    say(`${plan.length} faults within ${minutes} minutes; the schedule is written to ${schedule}`);
    for (const { at, fault } of plan) {
      await delay(Math.max(0, at - (performance.now() - began)), undefined, { signal });
      faults.set(fault.kind, (faults.get(fault.kind) ?? 0) + 1);
      tell(describeFault(fault));
      await appendFile(schedule, formatFault({ at: Math.round(performance.now() - began), fault }));
      void injector.inject(fault);
    }
    await delay(Math.max(0, minutes * 60_000 - (performance.now() - began)), undefined, { signal });
    await injector.healed();
    tell('everything is put right again');
    const checks = await check(cluster, load, injector.troubles, tell);
    await growth.look();
    checks.push(growth.check());
    return { faults, checks, again: load.history.counts.again, logged: loggedBy(cluster) };
  } finally {
    clearInterval(watching);
    await injector.healed();
    await load.end();
  }
}

async function check(
  cluster: Cluster,
  load: Load,
  troubles: readonly string[],
  tell: (what: string) => void,
): Promise<Check[]> {
  const { context, history, rooms, drops } = load;
  const checks: Check[] = [];
  try {
    await settleDown(cluster, load);
    tell('everything has settled');
  } catch (error) {
    checks.push({
      promise: 'everything settles within two minutes',
      looked: 'clients, read models, subscribers',
      broken: [(error as Error).message],
    });
    tell((error as Error).message);
  }
  const log = await readLog(cluster.pool, [...history.commands.keys()]);
  checks.push(...(await checkCommands(context, log, cluster.engine === 'kafka')));
  checks.push(
    await checkOrder(
      context,
      log,
      rooms.map(({ id }) => id),
      (room) => load.persons.find((person) => person.rooms.some(({ id }) => id === room))!,
    ),
  );
  checks.push(
    checkSubscriptions(context, log),
    await checkReadModels(cluster, log),
    await checkGifticons(cluster, drops),
    await checkDeadLetters(cluster),
  );
  checks.push(checkAnswers(history), checkProcesses(cluster, troubles));
  if (history.losses.length > 0) checks.push(await checkLosses(cluster, history));
  return checks;
}

function loggedBy({ processes, said }: Cluster): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const lines = [
    ...said.values(),
    ...processes.running.map((name) =>
      processes.log(name).filter(({ level }) => level === 'error' || level === 'fatal'),
    ),
  ].flat();
  for (const { msg } of lines) counts.set(msg, (counts.get(msg) ?? 0) + 1);
  return counts;
}
