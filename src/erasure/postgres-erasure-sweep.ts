import type pg from 'pg';
import type { Partition, UserId } from '../engine/domain/ids.js';
import { ERASED_USER } from '../engine/domain/ids.js';
import type { Logger } from '../engine/runtime/logging.js';
import { checkpointName } from '../engine/log/command-log.js';
import type { Erasure } from './erasure.js';
import { createLateLetters } from './postgres-late-letters.js';

/**
 * The queue whose commands contain written texts, by its name in the log's table, and in receipts of both engines: a
 * deployment may have changed its engine. Requests for gifticons contain only ids, and their outcomes must stay.
 */
const QUEUE = 'commands';
const EMBEDDED = checkpointName({ engine: 'postgres', queue: QUEUE });
const QUEUES = `('${EMBEDDED}', '${checkpointName({ engine: 'kafka', queue: QUEUE })}')`;
const ERASED_REASON = 'erased with the account that it was about';
const AT_ONCE = 50;
const STEP = 10_000;

/**
 * Takes the due accounts. Another process finds them taken meanwhile; if this one crashes, they are due again. Out: the
 * accounts, with the swept offsets, by queue and partition, and whether it is the last turn. A command waits at most a
 * day before it is decided, unless no decider runs at all.
 */
const TAKE = `
UPDATE erased_accounts SET next_sweep_at = now() + interval '15 s'
WHERE user_id IN (SELECT user_id FROM erased_accounts WHERE next_sweep_at <= now() ORDER BY next_sweep_at
  LIMIT ${AT_ONCE} FOR UPDATE SKIP LOCKED)
RETURNING user_id, sweeps, swept, erased_at <= now() - interval '1 day' AS last`;

/**
 * Out: by queue and partition, the offset after all decided commands, and after all receipts: those of a lost log may
 * be higher.
 */
const DECIDED = `
SELECT c.queue, c.partition, c.next_offset AS decided, greatest(c.next_offset, 1 + (
  SELECT max(r.command_offset) FROM receipts r WHERE r.queue = c.queue AND r.partition = c.partition)) AS upto
FROM command_checkpoints c WHERE c.queue IN ${QUEUES}`;

/**
 * In: $1 partition, $2 from offset, $3 exclusive end, $4 users, $5 queue. The fingerprint is a hash of the written
 * text. The key of a command about a handle is the handle; any other key is not needed any more.
 */
const RECEIPTS = `
UPDATE receipts SET user_id = '${ERASED_USER}', fingerprint = '', key = ''
WHERE queue = $5 AND partition = $1 AND command_offset >= $2 AND command_offset < $3 AND user_id = ANY($4::text[])`;

/**
 * In: the same, with $4 pieces of JSON that name the command's user. The row stays, since the log has no gaps. Only
 * decided commands.
 */
const COMMANDS = `
UPDATE commands SET key = '', payload = '{}'
WHERE queue = '${QUEUE}' AND partition = $1 AND "offset" >= $2 AND "offset" < $3
  AND EXISTS (SELECT FROM unnest($4::text[]) AS own (piece) WHERE strpos(payload, own.piece) > 0)`;

/**
 * In: $1 users' ids as in JSON, $2 the same as in JSON within JSON, $3 the ids. The letter stays with its origin, since
 * an operator may be examining it. A reason may repeat the user's text. Its number keeps two letters of one origin
 * apart.
 */
const DEAD_LETTERS = `
UPDATE dead_letters d SET key = NULL, reason = '${ERASED_REASON}', payload = json_build_object('erased', d.id)::text
WHERE d.key = ANY($3::text[]) OR EXISTS (
  SELECT FROM unnest($1::text[], $2::text[]) AS own (piece, quoted) WHERE strpos(d.payload, own.piece) > 0
    OR strpos(d.payload, own.quoted) > 0)`;

/** A parked key repeats the reason of its letter, in a kept generation as well. A swept letter has the text above. */
const parkedKeysOf = (space: string): string => `
UPDATE ${space}.parked_keys k SET reason = d.reason FROM public.dead_letters d WHERE k.letter = d.id
  AND d.reason = '${ERASED_REASON}' AND k.reason <> d.reason`;

/**
 * Generations of read models that are not folded any more, kept for a rollback or unfinished, in schemas of their own.
 * Out: their tables with written texts and names.
 */
const KEPT = `
SELECT quote_ident(table_schema) AS space, table_name AS name FROM information_schema.tables
WHERE starts_with(table_schema, 'madang_') AND table_name IN ('messages', 'users', 'parked_keys')`;

/**
 * In: $1 users. A later fold by a rollback has the same result. Authors were members: the rooms that they joined are
 * few, compared with all messages.
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

/** In: $1 users. The record of what was done stays. */
const ACTIONS = `UPDATE operator_actions SET operator = '${ERASED_USER}' WHERE operator = ANY($1::text[])`;

/** In `swept`, beside the partitions, until the data outside of this database has been swept. */
const OWED = 'elsewhere';
/** In `swept` once the last turn has gone through the whole log. */
const WHOLE = 'whole';

/**
 * In: $1 users, $2 their swept offsets, $3 those of them that need a sweep elsewhere, and are due again, $4 those whose
 * last turn it was.
 */
const DONE = `
UPDATE erased_accounts SET sweeps = sweeps + 1,
  swept = $2::jsonb || CASE WHEN user_id = ANY($3::text[]) THEN '{"${OWED}":0}' ELSE '{}' END::jsonb
    || CASE WHEN user_id = ANY($4::text[]) THEN '{"${WHOLE}":0}' ELSE '{}' END::jsonb,
  next_sweep_at = CASE WHEN user_id <> ALL($4::text[]) OR user_id = ANY($3::text[])
    THEN now() + least(2 ^ least(sweeps, 12), 3600) * interval '1 s' END
WHERE user_id = ANY($1::text[])`;

const PAID = `UPDATE erased_accounts SET swept = swept - '${OWED}' WHERE user_id = ANY($1::text[])`;

interface Account {
  readonly user_id: UserId;
  readonly sweeps: number;
  readonly swept: Readonly<Record<string, number>>;
  readonly last: boolean;
}

interface Decided {
  readonly queue: string;
  readonly partition: Partition;
  readonly decided: number;
  readonly upto: number;
}

/** The data about users outside of this database. */
export interface SweepElsewhere {
  /** May throw, and is then called again when the same users are due again. */
  sweep(users: readonly UserId[]): Promise<void>;
  readonly logger: Pick<Logger, 'warn'>;
}

export function createErasureSweep(
  pool: pg.Pool,
  elsewhere: SweepElsewhere | null,
): Pick<Erasure, 'sweep' | 'pending'> {
  const lateLetters = createLateLetters(pool);
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
   * @param first users that are swept for the first time: a generation that is kept later has folded the erasure,
   * except for its parked keys.
   */
  const sweepKept = async (first: readonly UserId[]): Promise<void> => {
    const { rows } = await pool.query<{ space: string; name: keyof typeof KEPT_TABLE | 'parked_keys' }>(KEPT);
    for (const { space, name } of rows) {
      if (name === 'parked_keys') await pool.query(parkedKeysOf(space));
      else if (first.length > 0) await pool.query(KEPT_TABLE[name](space), [first]);
    }
  };

  /** Its store may be away for long: that is logged once, and does not delay the sweep in this database. */
  const sweepElsewhere = async ({ sweep, logger }: SweepElsewhere, owed: readonly UserId[]): Promise<void> => {
    try {
      await sweep(owed);
      isElsewhereAway = false;
    } catch (error) {
      if (!isElsewhereAway)
        logger.warn(
          { err: error },
          'could not sweep deleted accounts outside of PostgreSQL; retrying at their next turns',
        );
      isElsewhereAway = true;
      return;
    }
    await pool.query(PAID, [owed]);
  };

  const keyOf = ({ queue, partition }: Decided): string => `${queue}/${partition}`;

  /**
   * A log that is shorter than the swept offset was made anew, and begins at 0 again. One that has grown past it since
   * looks like the old one: therefore the last turn goes through all of it, once.
   */
  const sweptOf = ({ swept, last }: Account, each: Decided): number => {
    const before = swept[keyOf(each)] ?? 0;
    return before > each.decided || (last && !(WHOLE in swept)) ? 0 : before;
  };

  return {
    async sweep() {
      await lateLetters.makeDue();
      const { rows: accounts } = await pool.query<Account>(TAKE);
      if (accounts.length === 0) return 0;
      const users = accounts.map(({ user_id: id }) => id);
      const { rows: partitions } = await pool.query<Decided>(DECIDED);
      for (const each of partitions) {
        await sweepPartition(Math.min(...accounts.map((account) => sweptOf(account, each))), each, users);
      }
      const json = users.map((user) => JSON.stringify(user));
      await pool.query(DEAD_LETTERS, [json, json.map((piece) => JSON.stringify(piece).slice(1, -1)), users]);
      await pool.query(ACTIONS, [users]);
      // Before the kept generations, which a swap fills with the keys that are parked here.
      await pool.query(parkedKeysOf('public'));
      await sweepKept(accounts.filter(({ sweeps }) => sweeps === 0).map(({ user_id: id }) => id));
      const owed = elsewhere
        ? accounts.filter(({ sweeps, swept }) => sweeps === 0 || OWED in swept).map(({ user_id: id }) => id)
        : [];
      // Receipts above `decided` exist only if the log was made anew: the next sweep starts there.
      const swept = Object.fromEntries(partitions.map((each) => [keyOf(each), each.decided]));
      const last = accounts.flatMap((account) => (account.last ? [account.user_id] : []));
      await pool.query(DONE, [users, JSON.stringify(swept), owed, last]);
      // Last: this database is done, even if the process ends while the other store makes it wait.
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
