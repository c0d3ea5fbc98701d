import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { processorMicros } from '../support/processor-time.js';
import type { RawConnection } from '../support/raw-http.js';
import { openConnection } from '../support/raw-http.js';
import type { Stack } from '../support/stack.js';
import { quantile } from '../support/statistics.js';
import type { WriteProgram } from './programs.js';

export interface Asked {
  readonly token: string;
  readonly body: string;
}

/** Microseconds of processor time, user and system, of all processes of each kind. */
export interface Cpu {
  readonly node: number;
  readonly postgres: number;
  readonly broker: number;
}

export interface MeasuredWrites {
  readonly perSecond: number;
  /** For one request. */
  readonly cpu: Cpu;
  /** From a request to its answer. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const CONNECTIONS = 64;
const IDLE_POLL_MS = 250;
/** A process that uses less than that in this time is idle: one with Kafka never uses nothing. */
const IDLE_MICROS = 50_000;
const MAX_WAITS = 40;

export async function cpuOf(stack: Stack, program: WriteProgram): Promise<Cpu> {
  const { postgres, broker } = await stack.pids();
  return {
    node: await processorMicros(program.pid),
    postgres: await processorMicros(postgres),
    broker: broker === null || !program.usesKafka ? 0 : await processorMicros(broker),
  };
}

export const cpuBetween = (before: Cpu, after: Cpu, requests: number): Cpu => ({
  node: (after.node - before.node) / requests,
  postgres: (after.postgres - before.postgres) / requests,
  broker: (after.broker - before.broker) / requests,
});

/** Resolves once the process has done what is left to do after the answers, such as projecting. */
export async function untilIdle({ pid }: WriteProgram): Promise<void> {
  let taken = await processorMicros(pid);
  for (let waits = 0; waits < MAX_WAITS; waits++) {
    await delay(IDLE_POLL_MS);
    const before = taken;
    taken = await processorMicros(pid);
    if (!(taken - before >= IDLE_MICROS)) return;
  }
}

/**
 * Each connection sends its next request after each answer.
 * @param settled resolves once the work behind the answers is done
 */
export async function measureWrites(
  stack: Stack,
  program: WriteProgram,
  requests: readonly Asked[],
  settled: () => Promise<void> = () => untilIdle(program),
): Promise<MeasuredWrites> {
  const open = await Promise.all(
    Array.from({ length: Math.min(CONNECTIONS, requests.length) }, () => openConnection(program.url)),
  );
  const before = await cpuOf(stack, program);
  const times: number[] = [];
  const begun = performance.now();
  let next = 0;
  const sendAll = async (connection: RawConnection): Promise<void> => {
    while (next < requests.length) {
      const { token, body } = requests[next++]!;
      const answer = await connection.post('/graphql', token, body);
      if (answer.status !== 200 || !answer.body.startsWith('{"data"'))
        throw new Error(`${program.name}: ${answer.status} ${answer.body}`);
      times.push(answer.ms);
    }
  };
  await Promise.all(open.map(sendAll));
  const seconds = (performance.now() - begun) / 1_000;
  await settled();
  const cpu = cpuBetween(before, await cpuOf(stack, program), requests.length);
  for (const connection of open) connection.close();
  return { perSecond: requests.length / seconds, cpu, p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99) };
}
