import { open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { Kafka, logLevel } from 'kafkajs';
import { isAlive } from '../../src/embedded/processes.js';
import type { Cluster } from './cluster.js';

const TOPIC = 'madang.commands';
/** The batches that a partition loses: so few that it grows past its checkpoint again while its deciders are frozen. */
const BATCHES = 2;
const STEADY_MS = 500;
const DECIDED_MS = 8_000;
const REGROWN_MS = 15_000;

export const brokersOf = ({ servers }: Pick<Cluster, 'servers'>): readonly string[] =>
  [...servers.keys()].filter((name) => name.startsWith('kafka-'));

/**
 * All brokers lose power before the last commands, already decided, are on their disks. The deciders wait until the
 * topic has grown past the checkpoints again: a decider that continues there skips commands that were acknowledged
 * since. Undecided commands are not removed: their loss is Kafka's, and no fault of the program.
 * @param start starts a broker
 */
export async function truncateCommands(
  cluster: Cluster,
  start: (broker: string) => Promise<void>,
  note: (what: string) => void,
): Promise<void> {
  const { processes, servers, shape } = cluster;
  const brokers = brokersOf(cluster);
  const isDeciding = (name: string): boolean =>
    shape[name]!.split(',').some((role) => role === 'decider' || role === 'issuer');
  const frozen = new Set<string>();
  const freeze = (deciding: boolean): void => {
    for (const name of processes.running.filter((each) => isDeciding(each) === deciding)) {
      processes.freeze(name);
      frozen.add(name);
    }
  };
  const thaw = async (wanted: (name: string) => boolean): Promise<void> => {
    for (const name of [...frozen].filter(wanted)) {
      frozen.delete(name);
      if (await isAlive(processes.pid(name))) processes.thaw(name);
    }
  };
  try {
    // Nothing is appended any more; all earlier commands are decided.
    freeze(false);
    const ends = await withAdmin(cluster, (admin) => untilDecided(cluster, admin));
    freeze(true);
    if (!ends) return note('commands are not decided in time, and nothing is truncated');
    await Promise.all(brokers.map((name) => servers.get(name)!.kill()));
    const cut: number[] = [];
    for (const partition of ends.keys()) if (await truncatePartition(cluster, brokers, partition)) cut.push(partition);
    note(`${TOPIC} has lost the last records of partitions ${cut.join(', ')}`);
    await Promise.all(brokers.map(start));
    await thaw((name) => !isDeciding(name));
    const grown = await withAdmin(cluster, (admin) =>
      untilGrown(
        admin,
        cut.map((partition) => [partition, ends.get(partition)!]),
      ),
    );
    note(`partitions ${grown.join(', ')} have grown past their checkpoints again`);
  } finally {
    await thaw(() => true);
  }
}

async function withAdmin<T>({ brokerAddresses }: Cluster, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Kafka({ brokers: [...brokerAddresses], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** None while another fault lets a partition change its leader. */
const endsOf = async (admin: Admin): Promise<ReadonlyMap<number, number>> =>
  new Map(
    (await admin.fetchTopicOffsets(TOPIC).catch(() => [])).map(({ partition, high }) => [partition, Number(high)]),
  );

/** The ends of the partitions, once all commands are decided and none follows; null where that takes too long. */
async function untilDecided({ pool }: Cluster, admin: Admin): Promise<ReadonlyMap<number, number> | null> {
  let before = '';
  for (let waited = 0; waited < DECIDED_MS; waited += STEADY_MS) {
    const ends = await endsOf(admin);
    const { rows } = await pool.query<{ partition: number; next_offset: number }>(
      `SELECT partition, next_offset FROM command_checkpoints WHERE queue = 'kafka:commands'`,
    );
    const decided = new Map(rows.map(({ partition, next_offset: next }) => [partition, next]));
    const now = JSON.stringify([...ends]);
    if (ends.size > 0 && now === before && [...ends].every(([partition, end]) => (decided.get(partition) ?? 0) === end))
      return ends;
    before = now;
    await delay(STEADY_MS);
  }
  return null;
}

/** The partitions that are longer than they were. */
async function untilGrown(admin: Admin, past: readonly (readonly [number, number])[]): Promise<readonly number[]> {
  const grown = async (): Promise<readonly number[]> => {
    const ends = await endsOf(admin);
    return past.filter(([partition, end]) => (ends.get(partition) ?? 0) > end).map(([partition]) => partition);
  };
  for (let waited = 0; waited < REGROWN_MS; waited += STEADY_MS) {
    const found = await grown();
    if (found.length === past.length) return found;
    await delay(STEADY_MS);
  }
  return grown();
}

/** Removes the last batches from the files of each broker, the same from all. @returns false where there are too few */
async function truncatePartition(
  { dataDir }: Cluster,
  brokers: readonly string[],
  partition: number,
): Promise<boolean> {
  const folders = brokers.map((name) => join(dataDir, name, 'kafka/data', `${TOPIC}-${partition}`));
  const segments = await Promise.all(folders.map(lastSegment));
  const batches = await Promise.all(segments.map(batchesOf));
  // A broker that was away may have fewer.
  const shortest = batches.toSorted((a, b) => a.length - b.length)[0]!;
  const from = shortest.at(-BATCHES);
  if (!from || shortest.length <= BATCHES) return false;
  for (const [index, segment] of segments.entries()) {
    const file = await open(segment, 'r+');
    await file.truncate(batches[index]!.find(({ offset }) => offset >= from.offset)?.at ?? (await file.stat()).size);
    await file.close();
    // Rebuilt at the start, as after any loss of power.
    for (const suffix of ['.index', '.timeindex']) await rm(segment.replace(/\.log$/, suffix), { force: true });
  }
  return true;
}

const lastSegment = async (folder: string): Promise<string> =>
  join(
    folder,
    (await readdir(folder))
      .filter((name) => name.endsWith('.log'))
      .toSorted()
      .at(-1)!,
  );

interface Batch {
  readonly offset: number;
  /** The place in the file. */
  readonly at: number;
}

async function batchesOf(segment: string): Promise<readonly Batch[]> {
  const file = await open(segment, 'r');
  try {
    const found: Batch[] = [];
    const { size } = await file.stat();
    const head = Buffer.alloc(12);
    for (let at = 0; at + head.length <= size;) {
      await file.read(head, 0, head.length, at);
      const length = head.readInt32BE(8);
      if (length <= 0 || at + head.length + length > size) break;
      found.push({ offset: Number(head.readBigInt64BE(0)), at });
      at += head.length + length;
    }
    return found;
  } finally {
    await file.close();
  }
}
