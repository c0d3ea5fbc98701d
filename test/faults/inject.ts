import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { settlesWithin } from '../../src/engine/runtime/deadline.js';
import { isAlive, sendSignal } from '../../src/embedded/processes.js';
import type { Cluster } from './cluster.js';
import { demoteRedis, flushRedis, promoteRedis } from './cluster.js';
import type { History } from './load/history.js';
import type { Fault } from './plan.js';
import { brokersOf, truncateCommands } from './truncate.js';

export interface Injector {
  /** Begins a fault and ends it, after any present fault of the same victim. Resolves when it has ended. */
  inject(fault: Fault): Promise<void>;
  /** Restarts processes that have ended by themselves, as a supervisor does. The report lists them elsewhere. */
  revive(): void;
  /** Resolves when all faults have ended. */
  healed(): Promise<void>;
  /**
   * Failures of the harness's own actions: a process that could not be restarted, an orderly stop that was not orderly.
   */
  readonly troubles: readonly string[];
}

type SingleFault = Exclude<Fault, { readonly kind: 'roll' }>;

const START_ATTEMPTS = 20;
const LONGEST_STOP_MS = 60_000;
/**
 * The time within which a process must know that the database went back in time. No lost event may be shown from then
 * on.
 */
const KNOWN_MS = 5_000;

export function createInjector(
  cluster: Cluster,
  history: Pick<History, 'losses'>,
  note: (what: string) => void,
): Injector {
  const { processes, servers, links, disks } = cluster;
  const turns = new Map<string, Promise<void>>();
  const busy = new Map<string, number>();
  const troubles: string[] = [];
  /** The end of the last rolling restart. */
  let rolling: Promise<void> = Promise.resolve();
  let wrong = 0;
  let begun = 0;

  /** Starts a process as a supervisor does: again, where a server that it needs is away. */
  const startProcess = async (name: string): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await processes.start(name);
      } catch (error) {
        note(`${name} did not start: ${lastLine((error as Error).message)}`);
        if (attempt === START_ATTEMPTS) throw error;
        await delay(500);
      }
    }
  };

  const startServer = async (name: string): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await servers.get(name)!.start();
      } catch (error) {
        note(`${name} did not start: ${lastLine((error as Error).message)}`);
        if (attempt === START_ATTEMPTS) throw error;
        await delay(500);
      }
    }
  };

  const kill = async (victim: string, ms: number): Promise<void> => {
    const server = servers.get(victim);
    await (server ? server.kill() : processes.kill(victim));
    await delay(ms);
    await (server ? startServer(victim) : startProcess(victim));
  };

  const pause = async (victim: string, ms: number): Promise<void> => {
    const pids = await tree(servers.get(victim)?.pid ?? processes.pid(victim));
    for (const pid of pids) sendSignal(pid, 'SIGSTOP');
    try {
      await delay(ms);
    } finally {
      for (const pid of pids.toReversed()) sendSignal(pid, 'SIGCONT');
    }
  };

  const restart = async (victim: string): Promise<void> => {
    const server = servers.get(victim);
    if (server) {
      await server.stop();
      return startServer(victim);
    }
    const [alone, before] = [wrong === 1, begun];
    const stopping = processes.stop(victim);
    // It has 20 s before it ends by force, and may be frozen or starved meanwhile.
    if (!(await settlesWithin(stopping, LONGEST_STOP_MS))) {
      troubles.push(`${victim} was stopped in good order, and had not ended after ${LONGEST_STOP_MS / 1_000} s`);
      await processes.kill(victim);
    }
    const status = await stopping;
    // During another fault, even one that is over by now, it may have to give up waiting.
    if (status !== 0) {
      note(`${victim} ended with ${status}`);
      if (alone && begun === before) troubles.push(`${victim} was stopped in good order, and ended with ${status}`);
    }
    await startProcess(victim);
  };

  const fill = async (name: string, ms: number): Promise<void> => {
    const disk = disks.get(name)!;
    await disk.fill();
    try {
      await delay(ms);
    } finally {
      await disk.free();
    }
    // A server may end when its disk is full. A supervisor starts it again.
    const server = servers.get(name)!;
    await delay(500);
    if (await isAlive(server.pid)) return;
    note(`${name} has ended, and is started again`);
    await server.kill();
    await startServer(name);
  };

  const promote = async (ms: number): Promise<void> => {
    const { standby } = cluster;
    if (!standby) throw new Error('PostgreSQL has no standby');
    const loss = { from: performance.now(), to: Infinity };
    history.losses.push(loss);
    await standby.caughtUp();
    standby.cutOff();
    await delay(ms);
    await standby.failOver();
    note('the standby is promoted');
    await delay(KNOWN_MS);
    loss.to = performance.now();
    await standby.addStandby();
  };

  const flush = async (): Promise<void> => {
    try {
      await flushRedis(servers.get('redis')!.url);
    } catch {
      note('Redis is away and cannot be flushed');
    }
  };

  const demote = async (ms: number): Promise<void> => {
    const { url } = servers.get('redis')!;
    try {
      await demoteRedis(url);
    } catch {
      note('Redis is away and cannot be demoted');
      return;
    }
    await delay(ms);
    // A server that was restarted meanwhile is a master by itself.
    await promoteRedis(url);
  };

  const perform = async (fault: SingleFault): Promise<void> => {
    switch (fault.kind) {
      case 'kill':
        return kill(fault.victim, fault.ms);
      case 'pause':
        return pause(fault.victim, fault.ms);
      case 'restart':
        return restart(fault.victim);
      case 'flush':
        return flush();
      case 'demote':
        return demote(fault.ms);
      case 'cut':
        return links.get(fault.link)!.cut();
      case 'stall':
        links.get(fault.link)!.stall(true);
        await delay(fault.ms);
        return links.get(fault.link)!.stall(false);
      case 'refuse':
        links.get(fault.link)!.refuse(true);
        await delay(fault.ms);
        return links.get(fault.link)!.refuse(false);
      case 'foreign':
        return cluster.foreigner!.write(fault.ms);
      case 'fill':
        return fill(fault.disk, fault.ms);
      case 'promote':
        return promote(fault.ms);
      case 'truncate':
        return truncateCommands(cluster, startServer, note);
      default:
        return fault satisfies never;
    }
  };

  /** One fault at a time for each victim. */
  const inTurn = (all: readonly string[], what: string, work: () => Promise<void>): Promise<void> => {
    for (const on of all) busy.set(on, (busy.get(on) ?? 0) + 1);
    const turn = Promise.all(all.map((on) => turns.get(on) ?? Promise.resolve())).then(async () => {
      wrong++;
      begun++;
      try {
        await work();
      } catch (error) {
        troubles.push(`${what} could not be put right again: ${(error as Error).message}`);
      } finally {
        wrong--;
        for (const on of all) busy.set(on, busy.get(on)! - 1);
      }
    });
    for (const on of all) turns.set(on, turn);
    return turn;
  };

  const victimsOf = (fault: SingleFault): readonly string[] => {
    if (fault.kind === 'truncate') return [...brokersOf(cluster), ...cluster.targets.processes];
    return [
      'victim' in fault
        ? fault.victim
        : 'link' in fault
          ? fault.link
          : 'disk' in fault
            ? fault.disk
            : fault.kind === 'promote'
              ? 'postgres'
              : fault.kind === 'foreign'
                ? 'topics'
                : 'redis',
    ];
  };

  const inject = async (fault: Fault): Promise<void> => {
    if (fault.kind !== 'roll') return inTurn(victimsOf(fault), JSON.stringify(fault), () => perform(fault));
    rolling = rolling.then(async () => {
      for (const victim of cluster.targets.processes) await inject({ kind: 'restart', victim });
    });
    return rolling;
  };

  return {
    troubles,
    inject,
    revive() {
      for (const name of cluster.targets.processes) {
        if (processes.running.includes(name) || (busy.get(name) ?? 0) > 0) continue;
        note(`${name} has ended by itself, and is started again`);
        void inTurn([name], name, () => startProcess(name));
      }
    },
    async healed() {
      await rolling;
      await Promise.all(turns.values());
    },
  };
}

const lastLine = (text: string): string => (text.trim().split('\n').at(-1) ?? '').slice(0, 300);

/** A process and all its descendants, the process first. */
async function tree(root: number): Promise<readonly number[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '');
    parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0));
  }
  const found = [root];
  for (const pid of found) for (const [child, parent] of parents) if (parent === pid) found.push(child);
  return found;
}
