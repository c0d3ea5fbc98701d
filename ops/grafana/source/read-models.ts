import type { BoardDescription } from './board.js';
import { of, orNone, perSecond, quantile } from './queries.js';

export const readModels: BoardDescription = {
  uid: 'madang-read-models',
  title: 'read models',
  description: 'Events become read models, and further commands.',
  rows: [
    {
      title: 'Read models',
      panels: [
        {
          title: 'Events applied',
          description: 'One is constant: see its lag and the log.',
          unit: 'ops',
          queries: [{ expr: perSecond('madang_events_projected_total', 'projection'), legend: '{{projection}}' }],
        },
        {
          title: 'Lag',
          description: 'Decided and not in the read model. Grows: the projector fails or is slow; Redis models: Redis.',
          unit: 'short',
          queries: [{ expr: `sum by (projection) (${of('madang_projection_lag_events')})`, legend: '{{projection}}' }],
        },
        {
          title: 'Lag by partition',
          description: 'The largest of all read models.',
          unit: 'short',
          queries: [
            { expr: `max by (partition) (${of('madang_projection_lag_events')})`, legend: 'partition {{partition}}' },
          ],
        },
        {
          title: 'A batch',
          description: '99 of 100 take less. High: that store is slow.',
          unit: 's',
          queries: [{ expr: quantile(0.99, 'madang_project_batch_seconds', 'projection'), legend: '{{projection}}' }],
        },
        {
          title: 'Parked keys',
          description: 'Rooms, users and campaigns that are held back: bin/madang dead parked.',
          unit: 'short',
          queries: [{ expr: `sum by (projection) (${of('madang_parked_keys')})`, legend: '{{projection}}' }],
        },
        {
          title: 'Dead letters of read models',
          description: 'bin/madang dead list',
          unit: 'short',
          queries: [
            {
              expr: orNone(`sum(max by (source) (${of('madang_dead_letters_waiting', 'source=~"projection:.+"')}))`),
              legend: 'waiting',
            },
          ],
        },
      ],
    },
    {
      title: 'Process managers',
      panels: [
        {
          title: 'Lag',
          description: 'Grows: sign-in of new users, or erasure, waits. See the log line of the manager.',
          unit: 'short',
          queries: [{ expr: `sum by (manager) (${of('madang_process_manager_lag_events')})`, legend: '{{manager}}' }],
        },
        {
          title: 'Accounts being erased',
          description: 'Deleted accounts whose late commands are still erased, for a day each.',
          unit: 'short',
          queries: [{ expr: `max(${of('madang_accounts_erasing')})`, legend: 'accounts' }],
        },
        {
          title: 'Redis',
          description: '0: PostgreSQL answers in its place, and the Redis models wait.',
          unit: 'short',
          queries: [{ expr: of('madang_dependency_up', 'dependency="redis"'), legend: '{{instance}}' }],
        },
      ],
    },
  ],
};
