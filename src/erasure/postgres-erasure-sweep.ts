import type pg from 'pg';
import type { Partition, UserId } from '../engine/domain/ids.js';
import { ERASED_USER } from '../engine/domain/ids.js';
import type { Logger } from '../engine/runtime/logging.js';
import { checkpointName } from '../engine/log/command-log.js';
import type { Erasure } from './erasure.js';

/**
 * The queue whose commands hold what people write, as the log's table names it, and as receipts do on either engine: a
 * deployment may have changed from one to the other. Requests for gifticons hold ids alone, and their outcomes must
 * stay.
 */
const QUEUE = 'commands';
const EMBEDDED = checkpointName({ engine: 'postgres', queue: QUEUE });
const QUEUES = `('${EMBEDDED}', '${checkpointName({ engine: 'kafka', queue: QUEUE })}')`;
const ERASED_REASON = 'erased with the account that it was about';
const AT_ONCE = 50;
const STEP = 10_000;

/**
 * Takes accounts whose turn it is. Another process that looks meanwhile finds them taken; should this one crash, their
 * turn comes again. Out: the accounts, with what was swept before, by queue and partition.
 */
const TAKE = `
UPDATE erased_accounts SET next_sweep_at = now() + interval '15 s'
WHERE user_id IN (SELECT user_id FROM erased_accounts WHERE next_sweep_at <= now() ORDER BY next_sweep_at
  LIMIT ${AT_ONCE} FOR UPDATE SKIP LOCKED)
RETURNING user_id, sweeps, swept`;

/**
 * Out: by queue and partition, the first offset behind everything decided, and behind every receipt: of a log that was
 * lost, those may be further on.
 */
const DECIDED = `
SELECT c.queue, c.partition, c.next_offset AS decided, greatest(c.next_offset, 1 + (
  SELECT max(r.command_offset) FROM receipts r WHERE r.queue = c.queue AND r.partition = c.partition)) AS upto
FROM command_checkpoints c WHERE c.queue IN ${QUEUES}`;

/**
 * In: $1 partition, $2 from offset, $3 to before which, $4 users, $5 queue. The fingerprint is a hash of what was
 * written. The key of a handle's command is the handle; that of any other is of no use any more.
 */
const RECEIPTS = `
UPDATE receipts SET user_id = '${ERASED_USER}', fingerprint = '', key = ''
WHERE queue = $5 AND partition = $1 AND command_offset >= $2 AND command_offset < $3 AND user_id = ANY($4::text[])`;

/**
 * In: the same, with $4 pieces of JSON that say whose command it is. The row stays, for the log has no gaps. Only what
 * is decided.
 */
const COMMANDS = `
UPDATE commands SET key = '', payload = '{}'
WHERE queue = '${QUEUE}' AND partition = $1 AND "offset" >= $2 AND "offset" < $3
  AND EXISTS (SELECT FROM unnest($4::text[]) AS own (piece) WHERE strpos(payload, own.piece) > 0)`;

/**
 * In: $1 users' ids as JSON has them, $2 the same as JSON within JSON has them, $3 the ids. The letter stays, for
 * somebody may be looking at it: where it came from. A reason may repeat what the user wrote. Its number keeps two
 * letters of one origin apart.
 */
const DEAD_LETTERS = `
UPDATE dead_letters d SET key = NULL, reason = '${ERASED_REASON}', payload = json_build_object('erased', d.id)::text
WHERE d.key = ANY($3::text[]) OR EXISTS (
  SELECT FROM unnest($1::text[], $2::text[]) AS own (piece, quoted) WHERE strpos(d.payload, own.piece) > 0
    OR strpos(d.payload, own.quoted) > 0)`;

/** What is parked behind a letter repeats its reason, in a kept generation as well. A letter that is swept says so. */
const parkedKeysOf = (space: string): string => `
UPDATE ${space}.parked_keys k SET reason = d.reason FROM public.dead_letters d WHERE k.letter = d.id
  AND d.reason = '${ERASED_REASON}' AND k.reason <> d.reason`;

/**
 * Generations of read models that nobody folds on, kept for a rollback or left half-built, in schemas of their own.
 * Out: the tables in them that hold what people write or are called.
 */
const KEPT = `
SELECT quote_ident(table_schema) AS space, table_name AS name FROM information_schema.tables
WHERE starts_with(table_schema, 'madang_') AND table_name IN ('messages', 'users', 'parked_keys')`;

/**
 * In: $1 users.  What a rollback folds later ends at the same rows. Authors were members once: the rooms that they
 * joined are few, and all messages are many.
 */
const KEPT_TABLE = {
  messages: (space: string) => `
    UPDATE ${space}.messages m SET author_id = '${ERASED_USER}', body = ''
    FROM (SELECT DISTINCT data ->> 'roomId' AS room, data ->> 'userId' AS author FROM public.events
      WHERE type = 'MemberJoined' AND data ->> 'userId' = ANY($1::text[])) AS wrote
    WHERE m.room_id = wrote.room AND m.author_id = wrote.author`,
  users: (space: string) =>
    `UPDATE ${space}.users SET handle = NULL, name = '', deleted = true WHERE id = ANY($1::text[])`,
} as const;

/** In `swept`, beside the partitions, for as long as what is kept outside of this database has not been swept. */
const OWED = 'elsewhere';

/**
 * In: $1 users, $2 how far they are swept, $3 those of them who are owed a sweep elsewhere, and so another turn. A
 * command waits for a day at most before it is decided, or nobody decides at all.
 */
const DONE = `
UPDATE erased_accounts SET sweeps = sweeps + 1,
  swept = $2::jsonb || CASE WHEN user_id = ANY($3::text[]) THEN '{"${OWED}":0}' ELSE '{}' END::jsonb,
  next_sweep_at = CASE WHEN erased_at > now() - interval '1 day' OR user_id = ANY($3::text[])
    THEN now() + least(2 ^ least(sweeps, 12), 3600) * interval '1 s' END
WHERE user_id = ANY($1::text[])`;

const PAID = `UPDATE erased_accounts SET swept = swept - '${OWED}' WHERE user_id = ANY($1::text[])`;

interface Account {
  readonly user_id: UserId;
  readonly sweeps: number;
  readonly swept: Readonly<Record<string, number>>;
}

interface Decided {
  readonly queue: string;
  readonly partition: Partition;
  readonly decided: number;
  readonly upto: number;
}

/** What is kept of users outside of this database. */
export interface SweepElsewhere {
  /** May throw, and is called again then, at a later turn of the same users. */
  sweep(users: readonly UserId[]): Promise<void>;
  readonly logger: Pick<Logger, 'warn'>;
}

export function createErasureSweep(
  pool: pg.Pool,
  elsewhere: SweepElsewhere | null,
): Pick<Erasure, 'sweep' | 'pending'> {
  let isElsewhereAway = false;

  const sweepPartition = async (
    from: number,
    { queue, partition, decided, upto }: Decided,
    users: readonly UserId[],
  ): Promise<void> => {
    const pieces = users.map((user) => `"userId":${JSON.stringify(user)}`);
    for (let low = from; low < upto; low += STEP) {
      const high = Math.min(low + STEP, upto);
      await pool.query(RECEIPTS, [partition, low, high, users, queue]);
      if (queue === EMBEDDED) await pool.query(COMMANDS, [partition, low, Math.min(high, decided), pieces]);
    }
  };

  /**
   * @param first those who are swept for the first time: what becomes a kept generation later has heard of the account,
   * but for what is parked.
   */
  const sweepKept = async (first: readonly UserId[]): Promise<void> => {
    const { rows } = await pool.query<{ space: string; name: keyof typeof KEPT_TABLE | 'parked_keys' }>(KEPT);
    for (const { space, name } of rows) {
      if (name === 'parked_keys') await pool.query(parkedKeysOf(space));
      else if (first.length > 0) await pool.query(KEPT_TABLE[name](space), [first]);
    }
  };

  /** Its store may be away for long: that is told once, and keeps nobody from being swept in this database. */
  const sweepElsewhere = async ({ sweep, logger }: SweepElsewhere, owed: readonly UserId[]): Promise<void> => {
    try {
      await sweep(owed);
      isElsewhereAway = false;
    } catch (error) {
      if (!isElsewhereAway)
        logger.warn(
          { err: error },
          'could not sweep up after deleted accounts outside of PostgreSQL; trying again at their next turns',
        );
      isElsewhereAway = true;
      return;
    }
    await pool.query(PAID, [owed]);
  };

  const keyOf = ({ queue, partition }: Decided): string => `${queue}/${partition}`;

  return {
    async sweep() {
      const { rows: accounts } = await pool.query<Account>(TAKE);
      if (accounts.length === 0) return 0;
      const users = accounts.map(({ user_id: id }) => id);
      const { rows: partitions } = await pool.query<Decided>(DECIDED);
      for (const each of partitions) {
        // A log that has not got to where it was swept was made anew, and begins at 0 again.
        const before = Math.min(...accounts.map(({ swept }) => swept[keyOf(each)] ?? 0));
        await sweepPartition(before > each.decided ? 0 : before, each, users);
      }
      const json = users.map((user) => JSON.stringify(user));
      await pool.query(DEAD_LETTERS, [json, json.map((piece) => JSON.stringify(piece).slice(1, -1)), users]);
      // Before the kept ones, to which a swap moves what is parked here.
      await pool.query(parkedKeysOf('public'));
      await sweepKept(accounts.filter(({ sweeps }) => sweeps === 0).map(({ user_id: id }) => id));
      const owed = elsewhere
        ? accounts.filter(({ sweeps, swept }) => sweeps === 0 || OWED in swept).map(({ user_id: id }) => id)
        : [];
      // What is decided only up to `decided` may have a receipt further on alone where the log was made anew: from
      // there on, next time.
      const swept = Object.fromEntries(partitions.map((each) => [keyOf(each), each.decided]));
      await pool.query(DONE, [users, JSON.stringify(swept), owed]);
      // Last: with this database they are done, even if the process ends while the other store lets it wait.
      if (elsewhere && owed.length > 0) await sweepElsewhere(elsewhere, owed);
      return accounts.length;
    },

    async pending() {
      const { rows } = await pool.query<{ n: number }>(
        'SELECT count(*) AS n FROM erased_accounts WHERE next_sweep_at IS NOT NULL',
      );
      return rows[0]!.n;
    },
  };
}
