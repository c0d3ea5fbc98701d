import { randomBytes, randomUUID } from 'node:crypto';
import type pg from 'pg';
import { transaction } from './pool.js';

/** Fixed at the first start of a deployment, and the same for all of its processes. */
export interface DeploymentSettings {
  /** Identifies this log, such as in the names of Redis keys. */
  readonly logId: string;
  readonly partitions: number;
  /** Signs positions and cursors. */
  readonly cursorKey: Buffer;
  /** Signs development tokens. */
  readonly tokenKey: Buffer;
}

export class PartitionsChangedError extends Error {
  readonly code = 'PARTITIONS_CHANGED';
}

/**
 * Creates the settings at the first start, and reads them afterwards. Safe when many processes start at once.
 * @throws {PartitionsChangedError} `partitions` differs from the first start
 */
export async function openDeployment(
  pool: pg.Pool,
  partitions: number | null,
  defaultPartitions: number,
): Promise<DeploymentSettings> {
  return transaction(pool, async (client) => {
    await client.query('LOCK TABLE settings IN SHARE ROW EXCLUSIVE MODE');
    await client.query(
      `INSERT INTO settings (name, value) VALUES ('log_id', $1), ('partitions', $2), ('seal_key', $3), ('token_key', $4)
       ON CONFLICT (name) DO NOTHING`,
      [
        randomUUID(),
        String(partitions ?? defaultPartitions),
        randomBytes(32).toString('base64'),
        randomBytes(32).toString('base64'),
      ],
    );
    const settings = (await readDeployment(client, partitions))!;
    await client.query('INSERT INTO event_heads (partition) SELECT generate_series(0, $1 - 1) ON CONFLICT DO NOTHING', [
      settings.partitions,
    ]);
    return settings;
  });
}

/**
 * Reads the settings and creates none: null before the first start of a process.
 * @throws {PartitionsChangedError}
 */
export async function readDeployment(
  database: Pick<pg.Pool, 'query'>,
  partitions: number | null,
): Promise<DeploymentSettings | null> {
  const { rows } = await database.query<{ name: string; value: string }>('SELECT name, value FROM settings');
  if (rows.length === 0) return null;
  const value = new Map(rows.map((row) => [row.name, row.value]));
  const stored = Number(value.get('partitions'));
  if (partitions !== null && partitions !== stored) {
    throw new PartitionsChangedError(
      `this deployment was started with ${stored} partitions and cannot change to ${partitions}: ` +
        `set MADANG_PARTITIONS=${stored} or unset it`,
    );
  }
  return {
    logId: value.get('log_id')!,
    partitions: stored,
    cursorKey: Buffer.from(value.get('seal_key')!, 'base64'),
    tokenKey: Buffer.from(value.get('token_key')!, 'base64'),
  };
}
