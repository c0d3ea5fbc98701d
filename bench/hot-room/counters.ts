import { Redis } from 'ioredis';
import pg from 'pg';
import type { Site } from './site.js';

/** The counters of one server since its start. */
interface Sample {
  /** The time of its answer, in seconds: an overloaded server answers late. */
  readonly at: number;
  readonly counted: Readonly<Record<string, number>>;
}

/** The samples of all servers, asked at one moment; always in the same order. */
export type Counts = readonly Sample[];

/** Transactions and scans of read models in PostgreSQL, scripts run in Redis, and the metrics of the api processes. */
export interface Counters extends AsyncDisposable {
  counts(site: Site): Promise<Counts>;
}

const READ_MODELS = ['messages', 'members', 'users', 'rooms', 'reactions', 'reaction_counts', 'read_positions'];
const TRANSACTIONS = 'SELECT xact_commit::int AS count FROM pg_stat_database WHERE datname = current_database()';
const SCANS =
  'SELECT sum(coalesce(seq_scan, 0) + coalesce(idx_scan, 0))::int AS count ' +
  'FROM pg_stat_user_tables WHERE relname = ANY($1)';

export async function openCounters(databaseUrl: string, redisUrl: string): Promise<Counters> {
  const redis = new Redis(redisUrl);
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const ask = async (text: string, values: readonly unknown[] = []): Promise<number> =>
    (await client.query<{ count: number }>(text, [...values])).rows[0]!.count;

  const sample = async (read: () => Promise<Readonly<Record<string, number>>>): Promise<Sample> => {
    const counted = await read();
    return { at: performance.now() / 1_000, counted };
  };

  return {
    counts: ({ urls }) =>
      Promise.all([
        sample(async () => ({
          scripts: sum(await redis.info('commandstats'), /^cmdstat_(?:eval|evalsha|evalsha_ro|eval_ro):calls=(\d+)/gm),
        })),
        sample(async () => ({ transactions: await ask(TRANSACTIONS), scans: await ask(SCANS, [READ_MODELS]) })),
        ...urls.map((url) => sample(async () => ofApi(await (await fetch(`${url}/metrics`)).text()))),
      ]),
    async [Symbol.asyncDispose]() {
      redis.disconnect();
      await client.end();
    },
  };
}

function ofApi(text: string): Readonly<Record<string, number>> {
  const counted: Record<string, number> = {
    cpu: sum(text, /^madang_process_cpu_seconds_total (\S+)/gm),
    hotRooms: sum(text, /^madang_hot_rooms (\S+)/gm),
  };
  for (const [, state, outcome, value] of text.matchAll(
    /^madang_hot_room_fetches_total\{state="(\w+)",outcome="(\w+)"\} (\S+)/gm,
  )) {
    const name = state === 'HOT' ? outcome! : 'normal';
    counted[name] = (counted[name] ?? 0) + Number(value);
  }
  return counted;
}

const sum = (text: string, pattern: RegExp): number =>
  Array.from(text.matchAll(pattern), (match) => Number(match[1])).reduce((a, b) => a + b, 0);

/** The present value of a gauge, summed over all servers. */
export const total = (name: string, counts: Counts): number =>
  counts.reduce((all, { counted }) => all + (counted[name] ?? 0), 0);

/** The rate of a counter between two moments, summed over all servers. */
export const perSecond = (name: string, before: Counts, after: Counts): number =>
  after.reduce(
    (all, { at, counted }, index) =>
      all + ((counted[name] ?? 0) - (before[index]!.counted[name] ?? 0)) / (at - before[index]!.at),
    0,
  );
