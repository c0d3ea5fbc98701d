import { setTimeout as delay } from 'node:timers/promises';
import { now } from '../support/open-loop.js';
import type { RawConnection } from '../support/raw-http.js';
import { openConnection } from '../support/raw-http.js';
import { quantile } from '../support/statistics.js';
import type { Filled } from './fill.js';
import { judge, newest, retryAfterOf } from './queries.js';
import type { Site } from './site.js';
import type { Sizes } from './sizes.js';

export interface Rush {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** From the first client's start to the last client's last answer. */
  readonly seconds: number;
  /** Answered with ROOM_HOT, and asked again after `retryAfterMs`. */
  readonly refused: number;
  /** Every other failure, including broken connections. */
  readonly failed: number;
  readonly timedOut: number;
}

const TIMEOUT_MS = 10_000;
const WITHIN_MS = 1_000;

/**
 * Clients who all come within a second, each on a connection of its own, and fetch the newest page several times in a
 * row.
 */
export async function rush(
  { urls }: Site,
  { hotRoom, tokens }: Filled,
  { clients, fetchesEach }: Sizes,
): Promise<Rush> {
  const body = newest(hotRoom);
  const taken: number[] = [];
  let refused = 0;
  let failed = 0;
  let timedOut = 0;
  const begun = now();

  const client = async (index: number): Promise<void> => {
    const url = urls[index % urls.length]!;
    await delay((index * WITHIN_MS) / clients);
    let connection: RawConnection | null = null;
    for (let done = 0; done < fetchesEach;) {
      const sent = now();
      try {
        // The first fetch of a client includes its connection.
        connection ??= await openConnection(url);
        const answer = await withPatience(connection.post('/graphql', tokens[index]!, body));
        const outcome = answer ? judge(answer) : 'unanswered';
        if (answer && outcome === 'refused') {
          refused++;
          await delay(retryAfterOf(answer));
          continue;
        }
        if (outcome === 'served') taken.push(now() - sent);
        if (outcome === 'failed') failed++;
        if (outcome === 'unanswered') {
          timedOut++;
          connection.close();
          connection = null;
        }
      } catch {
        failed++;
        connection = null;
      }
      done++;
    }
    connection?.close();
  };

  await Promise.all(Array.from({ length: clients }, (_, index) => client(index)));
  return {
    p50Ms: quantile(taken, 0.5),
    p99Ms: quantile(taken, 0.99),
    seconds: (now() - begun) / 1_000,
    refused,
    failed,
    timedOut,
  };
}

async function withPatience<T>(answer: Promise<T>): Promise<T | null> {
  const end = new AbortController();
  try {
    return await Promise.race([answer, delay(TIMEOUT_MS, null, { signal: end.signal })]);
  } finally {
    end.abort();
  }
}
