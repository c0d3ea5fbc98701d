import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Deployment } from '../support/deployment.js';
import { ending } from '../support/endings.js';

export interface Memory {
  readonly heapUsed: number;
  readonly rss: number;
}

/** A program whose memory is measured. */
export interface MeasuredProgram {
  readonly url: string;
  /** After a collection of its garbage. */
  memory(): Promise<Memory>;
  stop(): Promise<void>;
}

const BASELINE = fileURLToPath(new URL('../fan-out/baseline-process.js', import.meta.url));
const REPORT = new URL('./report.js', import.meta.url).href;
const POLL_MS = 20;
const REPORT_MS = 30_000;
const MANY = '1000000';

/** @param kind as in `bench/fan-out/baseline-process.ts` */
export async function startBaseline(kind: 'ws' | 'graphql-ws'): Promise<MeasuredProgram> {
  const file = reportFile();
  const child = fork(BASELINE, [kind], {
    env: { ...process.env, NODE_ENV: 'production', MEMORY_REPORT: file },
    execArgv: ['--max-semi-space-size=32', `--import=${REPORT}`],
  });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`${kind} ended`)));
  ended.catch(() => undefined);
  const [{ url }] = (await Promise.race([once(child, 'message'), ended])) as [{ readonly url: string }];
  return {
    url,
    memory: () => memoryOf(child.pid!, file),
    stop: ending(async () => {
      const exited = once(child, 'exit');
      if (child.connected) child.disconnect();
      await exited;
    }),
  };
}

/** An api process, alone with that role. */
export async function startApi(deployment: Deployment): Promise<MeasuredProgram> {
  const file = reportFile();
  const { url, pid, stop } = await deployment.start('api', {
    NODE_OPTIONS: `--import=${REPORT}`,
    MEMORY_REPORT: file,
    MADANG_CONNECTIONS: MANY,
    MADANG_CONNECTIONS_PER_ADDRESS: MANY,
    HOT_ROOM_ENTER: MANY,
  });
  return { url, memory: () => memoryOf(pid, file), stop: async () => void (await stop()) };
}

const reportFile = (): string => join(tmpdir(), `madang-memory-${randomUUID()}.json`);

async function memoryOf(pid: number, file: string): Promise<Memory> {
  await rm(file, { force: true });
  process.kill(pid, 'SIGUSR2');
  for (const end = Date.now() + REPORT_MS; Date.now() < end; await delay(POLL_MS)) {
    const written = await readFile(file, 'utf8').catch(() => '');
    // Written in one piece.
    if (written.endsWith('}')) {
      await rm(file);
      return JSON.parse(written) as Memory;
    }
  }
  throw new Error(`process ${pid} did not report its memory`);
}
