import type pg from 'pg';
import { position } from '../domain/ids.js';
import type { ProcessCheckpoints } from '../process-manager/process-checkpoints.js';

export function postgresProcessCheckpoints(pool: pg.Pool): ProcessCheckpoints {
  return {
    async read(name, partition) {
      const { rows } = await pool.query<{ position: number }>(
        'SELECT position FROM process_manager_checkpoints WHERE name = $1 AND partition = $2',
        [name, partition],
      );
      return position(rows[0]?.position ?? 0);
    },
    async write(name, partition, to) {
      await pool.query(
        `INSERT INTO process_manager_checkpoints AS known (name, partition, position) VALUES ($1, $2, $3)
         ON CONFLICT (name, partition) DO UPDATE SET position = greatest(known.position, excluded.position)`,
        [name, partition, to],
      );
    },
  };
}
