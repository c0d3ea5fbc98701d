import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { openLoop } from '../support/open-loop.js';
import { judge, newest, older, paceOf, personal, stampOf } from './queries.js';

export interface HotFetchesInput {
  readonly urls: readonly string[];
  readonly room: string;
  readonly tokens: readonly string[];
  readonly cursors: readonly string[];
  readonly perSecond: number;
  readonly seconds: number;
  readonly startAt: number;
  readonly timeoutMs: number;
  /** The time of the newest acknowledged message, as a 64-bit integer; the thread that writes keeps it. */
  readonly acknowledged: SharedArrayBuffer;
}

/** One entry for each fetch, in the order of their due times. */
export interface HotFetches {
  readonly ms: Float64Array;
  readonly outcomes: Uint8Array;
  /**
   * How much older a newest page was than the message acknowledged before the fetch; NaN where the page does not show
   * it.
   */
  readonly staleMs: Float64Array;
  /** NaN where the room was not hot. */
  readonly paceMs: Float64Array;
  /** Some answers that were neither a page nor a refusal. */
  readonly failures: readonly string[];
}

const CONNECTIONS = 500;
const OLDER_SHARE = 0.1;
const PERSONAL_SHARE = 0.1;

// The lowest priority for this thread alone: in reality the clients' machines would not take the processor from the
// servers, nor from the measurement.
setPriority(constants.priority.PRIORITY_LOW);

async function fetchAll(input: HotFetchesInput): Promise<HotFetches> {
  const { urls, room, tokens, cursors, perSecond, seconds, startAt, timeoutMs } = input;
  const acknowledged = new BigInt64Array(input.acknowledged);
  const total = Math.round(perSecond * seconds);
  const plain = newest(room);
  const own = personal(room);
  const olderPages = cursors.map((cursor) => older(room, cursor));
  const isNewest = new Uint8Array(total);
  const known = new Float64Array(total);
  const staleMs = new Float64Array(total).fill(Number.NaN);
  const paceMs = new Float64Array(total).fill(Number.NaN);
  const failures: string[] = [];
  const { ms, outcomes } = await openLoop({
    urls,
    connections: CONNECTIONS,
    perSecond,
    seconds,
    startAt,
    timeoutMs,
    request(index) {
      const token = tokens[index % tokens.length]!;
      const dice = Math.random();
      if (dice < OLDER_SHARE) return { token, body: olderPages[Math.floor(Math.random() * olderPages.length)]! };
      isNewest[index] = 1;
      known[index] = Number(Atomics.load(acknowledged, 0));
      return { token, body: dice < OLDER_SHARE + PERSONAL_SHARE ? own : plain };
    },
    judge(index, answer) {
      const outcome = judge(answer);
      paceMs[index] = paceOf(answer);
      if (outcome === 'served' && isNewest[index]) staleMs[index] = Math.max(0, known[index]! - stampOf(answer));
      if (outcome === 'failed' && failures.length < 3) failures.push(`${answer.status} ${answer.body.slice(0, 500)}`);
      return outcome;
    },
  });
  return { ms, outcomes, staleMs, paceMs, failures };
}

parentPort!.postMessage({ result: await fetchAll(workerData as HotFetchesInput) });
