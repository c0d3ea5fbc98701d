import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { MadangProcess } from '../../test/support/madang.js';
import type { Deployment } from '../support/deployment.js';
import { ending } from '../support/endings.js';

/** A process that serves, and the processor time that it has used since its start. */
export interface Program {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  /** Resolves once the process is idle. */
  cpuMicros(): Promise<number>;
  /** For the normal end; the end of the benchmark stops it too. */
  stop(): Promise<void>;
}

const PROCESS = fileURLToPath(new URL('./transport-process.js', import.meta.url));

/** @param checkout whose HTTP server serves the small schema; bare graphql-js where it is missing */
export const startTransport = (name: string, checkout?: string): Promise<Program> =>
  startProgram(name, PROCESS, checkout === undefined ? [] : [checkout]);

/** @param file a module that sends `{ url }` once it serves, and `{ cpuMicros }` for each message */
export async function startProgram(name: string, file: string, args: readonly string[]): Promise<Program> {
  const child = fork(file, args, {
    env: { ...process.env, NODE_ENV: 'production' },
    execArgv: ['--max-semi-space-size=32'],
  });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`${name} ended`)));
  ended.catch(() => undefined);
  const said = async <T>(): Promise<T> => {
    const [message] = (await Promise.race([once(child, 'message'), ended])) as [T];
    return message;
  };
  const { url } = await said<{ readonly url: string }>();
  return {
    name,
    url,
    pid: child.pid!,
    async cpuMicros() {
      child.send('cpu');
      return (await said<{ readonly cpuMicros: number }>()).cpuMicros;
    },
    stop: ending(async () => {
      const exited = once(child, 'exit');
      if (child.connected) child.disconnect();
      await exited;
    }),
  };
}

/** After this time /metrics has fresh values: it repeats its answer for a while. */
const METRICS_KEPT_MS = 250;
/** A process that uses less than that in this time is idle. */
const IDLE_MICROS = 25_000;
const MAX_WAITS = 40;

/** Of a Madang process, now. */
export async function cpuMicrosOf(url: string): Promise<number> {
  await delay(METRICS_KEPT_MS);
  const text = await (await fetch(`${url}/metrics`)).text();
  return 1e6 * Number(/^madang_process_cpu_seconds_total (\S+)$/m.exec(text)?.[1]);
}

/** An api process of a checkout, alone with that role. */
export async function startApi(name: string, deployment: Deployment, checkout?: string): Promise<Program> {
  return programOf(
    name,
    await deployment.start('api', { HOT_ROOM_ENTER: '1000000' }, checkout === undefined ? {} : { checkout }),
  );
}

/** @returns its processor time is taken once it idles */
export function programOf(name: string, madang: MadangProcess): Program {
  return {
    name,
    url: madang.url,
    pid: madang.pid,
    async cpuMicros() {
      let taken = await cpuMicrosOf(madang.url);
      for (let waits = 0; waits < MAX_WAITS; waits++) {
        const before = taken;
        taken = await cpuMicrosOf(madang.url);
        if (taken - before < IDLE_MICROS) break;
      }
      return taken;
    },
    stop: async () => void (await madang.stop()),
  };
}
