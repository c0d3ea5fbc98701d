import type { ErasingType } from '../events/definitions.js';
import type { RowsForget } from '../projections/define-read-model.js';
import { postgresProjections, redisProjections } from '../projections/registry.js';

/**
 * How a place forgets a person. The definition of each event says which fields are personal
 * (`src/events/definitions.ts`): handle, name, and written texts. The id of a user is a pseudonym, and may stay.
 */
export type Forgets =
  /** It is notified of each erasure as it happens, and drops the data at once. */
  | { readonly how: 'notified' }
  /** Its data is edited when an erasing event is answered. */
  | { readonly how: 'redacted'; readonly by: readonly ErasingType[] }
  /** A read model: it folds the erasing events like all others. */
  | { readonly how: 'folded'; readonly model: string }
  /**
   * `src/erasure/postgres-erasure-sweep.ts` goes through it a minute after the erasure, and again until no command can
   * be on its way.
   */
  | { readonly how: 'swept' }
  /** It holds data only for a bounded time, given here. */
  | { readonly how: 'expires'; readonly after: string }
  /** Only ids, numbers and times, or data of no person. */
  | { readonly how: 'nothing personal' };

const nothing = { how: 'nothing personal' } as const;
const notified = { how: 'notified' } as const;
const swept = { how: 'swept' } as const;

/**
 * The data that a process keeps from one request or event to the next, by the file that keeps it. A test searches for
 * caches that are not named here.
 */
export const MEMORY = {
  // Results of subscriptions, for resuming subscribers. The fan-out notifies `history.ts`, too, which keeps pages of
  // events for the same purpose.
  'engine/fan-out/group.ts': notified,
  // Handles and names.
  'projections/user/remembered-users.ts': notified,
  // Tokens, which contain the handle and the name.
  'server/identity/remembered-tokens.ts': notified,
  // Handles that were refused to tokens.
  'schema/user/shared-registrations.ts': notified,
  // Pages and whole answers of hot rooms.
  'hot-rooms/shared-reads.ts': notified,
  // Commands, for their consumers a moment later.
  'engine/postgres/recent-appends.ts': { how: 'expires', after: '10 seconds' },
  // Mutations with text in the document itself are not kept.
  'server/limits/documents.ts': nothing,
  'server/limits/cost.ts': nothing,
  'server/limits/cost-rate.ts': nothing,
  // Bodies of page requests only: queries, and ids of rooms.
  'server/http/fast-path.ts': nothing,
  // States of streams: statuses, numbers, ids. The same in `snapshots`.
  'engine/decider/stream-states.ts': nothing,
  'schema/membership/memberships.ts': nothing,
  'schema/user/registration.ts': nothing,
  'engine/gateway/session-positions.ts': nothing,
  'engine/gateway/signed-cursor.ts': nothing,
  'gifticon/first-requests.ts': nothing,
  'gifticon/campaign-board.ts': nothing,
  'gifticon/outcomes.ts': nothing,
  'hot-rooms/burst-detector.ts': nothing,
  'server/rate-limits/redis-rate-limits.ts': nothing,
  'server/rate-limits/local-limit.ts': nothing,
  'server/websocket/websocket.ts': nothing,
  'gifticon/codes/postgres-gifticon-codes.ts': nothing,
  'gifticon/codes/code-keys.ts': nothing,
} as const satisfies Readonly<Record<string, Forgets>>;

/** The places in memory that are notified of erasures: each is passed to `createForgetting`. */
export type ObservedPlace = {
  [P in keyof typeof MEMORY]: (typeof MEMORY)[P]['how'] extends 'notified' ? P : never;
}[keyof typeof MEMORY];

const rowsOf = (model: string, rows: RowsForget): Forgets => (rows === 'folded' ? { how: 'folded', model } : nothing);

/** The data outside of memory. */
export const STORED = {
  /** Every table in PostgreSQL. A test compares it with the database. */
  tables: {
    events: { how: 'redacted', by: ['AccountDeleted', 'MemberErased', 'HandleReleased'] },
    receipts: swept,
    commands: swept,
    dead_letters: swept,
    parked_keys: swept,
    // The action stays: only its operator is forgotten.
    operator_actions: swept,
    live_processes: nothing,
    written_versions: nothing,
    snapshots: nothing,
    event_heads: nothing,
    event_epochs: nothing,
    command_heads: nothing,
    command_progress: nothing,
    command_checkpoints: nothing,
    command_counts: nothing,
    projection_checkpoints: nothing,
    projection_generations: nothing,
    process_manager_checkpoints: nothing,
    group_members: nothing,
    group_leases: nothing,
    gifticon_codes: nothing,
    erased_accounts: nothing,
    settings: nothing,
    _prisma_migrations: nothing,
    // The tables of the read models: each has its rule in its definition.
    ...Object.fromEntries(
      postgresProjections.flatMap(({ name, forgets }) =>
        Object.entries(forgets).map(([table, rows]) => [table, rowsOf(name, rows)]),
      ),
    ),
  },
  /**
   * Generations of read models that are not folded any more: kept for a rollback, or unfinished. In schemas of their
   * own, or under other keys of Redis.
   */
  generations: Object.fromEntries(
    [...postgresProjections, ...redisProjections].map(({ name, oldGenerations }): [string, Forgets] => [
      name,
      oldGenerations === 'swept' ? swept : nothing,
    ]),
  ),
  /** The data in Redis, by the part of a key that names its kind. */
  redis: {
    ...Object.fromEntries(redisProjections.map(({ name, forgets }) => [name, rowsOf(name, forgets)])),
    // The reason of a failed script, which contains no data.
    parked: nothing,
    heat: nothing,
    // Reports of processes, for ten seconds.
    processes: nothing,
    buckets: nothing,
    // Counts by room and process.
    occupancy: nothing,
  },
  /** Topics of Kafka, after the prefix. */
  topics: {
    commands: { how: 'expires', after: 'its retention: 7 days, and a segment of a day' },
    'gifticon.requests': nothing,
    events: { how: 'expires', after: 'its retention: 7 days, and a segment of a day' },
    dead: { how: 'expires', after: 'its retention: 30 days, and a segment of a day' },
  },
  /** Files that are written. */
  files: {
    // Ids only. The key of a dead letter is a handle if a command about the handle could not be decided.
    'log lines': nothing,
    'write-ahead log and dead rows of PostgreSQL': { how: 'expires', after: 'vacuum, and the recycling of segments' },
    backups: { how: 'expires', after: 'the retention of the operator' },
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Forgets>>>>;
