import { sendSignal } from '../../src/embedded/processes.js';
import type { MadangOptions, MadangProcess } from './madang.js';
import { startMadang } from './madang.js';

/** The processes of one deployment by their names: all of them may be killed. */
export interface NamedProcesses extends AsyncDisposable {
  /** Starts a process, or restarts it with its last environment. */
  start(name: string, env?: Readonly<Record<string, string>>): Promise<void>;
  /** SIGKILL; gone when this resolves. */
  kill(name: string): Promise<void>;
  /** SIGTERM; resolves with its exit status. */
  stop(name: string): Promise<number | null>;
  /** SIGSTOP: it is paused without noticing. */
  freeze(name: string): void;
  /** SIGCONT. */
  thaw(name: string): void;
  /** Its present or last address. */
  url(name: string): string;
  pid(name: string): number;
  /** Its log since its last start; empty where it does not run. */
  log(name: string): MadangProcess['log'];
  /** The running processes. */
  readonly running: readonly string[];
  /** Processes that ended by themselves. */
  readonly fallen: readonly string[];
}

/**
 * @param env the environment of all of them
 * @param ended called with the whole log of each process that has ended, in any way
 */
export function openProcesses(
  env: Readonly<Record<string, string>>,
  ended: (name: string, log: MadangProcess['log']) => void = () => undefined,
  limits: Pick<MadangOptions, 'startMs'> = {},
): NamedProcesses {
  const known = new Map<string, { env: Readonly<Record<string, string>>; process: MadangProcess }>();
  const running = new Set<string>();
  const fallen: string[] = [];
  const processOf = (name: string): MadangProcess => {
    const found = known.get(name);
    if (!found) throw new Error(`${name} was never started`);
    return found.process;
  };

  return {
    async start(name, more = known.get(name)?.env ?? {}) {
      const started = await startMadang({ ...limits, env: { ...env, ...more } });
      known.set(name, { env: more, process: started });
      running.add(name);
      void started.exited.then((code) => {
        if (running.has(name) && processOf(name) === started) {
          running.delete(name);
          fallen.push(`${name} ended with ${code}: ${started.log.at(-1)?.text}`);
        }
        ended(name, started.log);
      });
    },
    async kill(name) {
      running.delete(name);
      await processOf(name).kill();
    },
    stop(name) {
      running.delete(name);
      return processOf(name).stop();
    },
    freeze: (name) => sendSignal(processOf(name).pid, 'SIGSTOP'),
    thaw: (name) => sendSignal(processOf(name).pid, 'SIGCONT'),
    url: (name) => processOf(name).url,
    pid: (name) => processOf(name).pid,
    log: (name) => (running.has(name) ? processOf(name).log : []),
    get running() {
      return [...running];
    },
    fallen,
    async [Symbol.asyncDispose]() {
      const left = [...running];
      running.clear();
      await Promise.all(left.map((name) => processOf(name).kill()));
    },
  };
}
