import type { EventStore } from '../../src/engine/store/event-store.js';
import { openPool } from '../../src/engine/postgres/pool.js';
import type { PrismaClient } from '../../src/projections/prisma-client.js';
import { openPrisma } from '../../src/projections/prisma-client.js';
import type { ReplicaOutcome, ReplicatedReads } from '../../src/projections/read-source.js';
import { replicatedReads } from '../../src/projections/read-source.js';

/**
 * A replica whose replay is paused: the one connection is in a transaction with the snapshot of its first statement,
 * so it sees what a standby sees that gets nothing more.
 */
export interface PausedReplica extends AsyncDisposable {
  readonly reads: ReplicatedReads;
  /** Where each query was answered, in order. */
  readonly outcomes: readonly ReplicaOutcome[];
}

export async function openPausedReplica(
  url: string,
  primary: PrismaClient,
  { epochs }: Pick<EventStore, 'epochs'>,
): Promise<PausedReplica> {
  const outcomes: ReplicaOutcome[] = [];
  const pool = openPool({ url, max: 1, name: 'madang-test-replica' });
  await pool.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  await pool.query('SELECT count(*) FROM members');
  const replicaReader = openPrisma(pool);
  const reads = replicatedReads({
    primary,
    replicaReader,
    replica: {
      start: () => undefined,
      isUsable: () => true,
      reached: () => Promise.resolve(false),
      failed: () => undefined,
      stop: () => Promise.resolve(),
    },
    epochs,
    head: () => {
      throw new Error('the primary answered in its place: the test does not try what it means to');
    },
    counted: (outcome) => outcomes.push(outcome),
  });
  return {
    reads,
    outcomes,
    async [Symbol.asyncDispose]() {
      await replicaReader.$disconnect();
      await pool.end();
    },
  };
}
