import { randomUUID } from 'node:crypto';
import type { Partition } from '../domain/ids.js';
import type { EngineLogger } from '../runtime/logger.js';
import type { WakeUp } from './wake-up.js';

export interface GroupTiming {
  /** The interval of heartbeats; also the delay until a killed member is noticed. */
  readonly heartbeatMs: number;
  /** A member without a heartbeat for this long counts as dead even while its connection is open (a paused process). */
  readonly ttlMs: number;
}

export const groupTiming = (ttlMs = 4_000): GroupTiming => ({ heartbeatMs: Math.min(500, ttlMs / 4), ttlMs });
export const DEFAULT_TIMING = groupTiming();

export interface GroupOptions {
  readonly wakeUp: WakeUp;
  readonly group: string;
  readonly partitions: number;
  readonly timing: GroupTiming;
  readonly log: EngineLogger;
  /** The partition is this member's now. Not called again for it before `release` has resolved. */
  acquire(partition: Partition): void;
  /** Resolves when the work on it has ended. `lost`: another member may own it already. Must not throw. */
  release(partition: Partition, how: 'give-up' | 'lost'): Promise<void>;
}

export interface GroupMember {
  readonly owned: () => readonly Partition[];
  /** Gives up all partitions in order, so that the others take over at once. Idempotent. */
  readonly stop: () => Promise<void>;
}

/**
 * Alive: a recent heartbeat by the clock of the database, and a backend that exists, which a kill -9 ends within
 * milliseconds. $1 group, $3 seconds to live; `m` is the member.
 */
const ALIVE = `m.heartbeat_at > clock_timestamp() - make_interval(secs => $3)
  AND EXISTS (SELECT FROM pg_stat_activity a WHERE a.pid = m.backend_pid AND a.backend_start = m.backend_start)`;

/**
 * Heartbeat. Returns the living members and the leases. $1 group, $2 member, $3 seconds to live. `mine`: the leases of
 * this member; `held`: those of living members. Locks the row of this member only.
 */
const BEAT = `
  WITH beat AS (
    INSERT INTO group_members (group_name, member_id, backend_pid, backend_start, heartbeat_at)
    SELECT $1, $2, pid, backend_start, clock_timestamp() FROM pg_stat_activity WHERE pid = pg_backend_pid()
    ON CONFLICT (group_name, member_id) DO UPDATE
      SET backend_pid = excluded.backend_pid, backend_start = excluded.backend_start,
        heartbeat_at = excluded.heartbeat_at
  ), alive AS MATERIALIZED (
    SELECT m.member_id FROM group_members m WHERE m.group_name = $1 AND (m.member_id = $2 OR (${ALIVE}))
  )
  SELECT
    ARRAY(SELECT member_id FROM alive) AS members,
    ARRAY(SELECT partition::int FROM group_leases WHERE group_name = $1 AND member_id = $2) AS mine,
    ARRAY(SELECT partition::int FROM group_leases JOIN alive USING (member_id) WHERE group_name = $1) AS held`;

/**
 * Takes partitions without a living owner. $1 group, $2 member, $3 seconds to live, $4 partitions. Returns the taken
 * ones.
 */
const TAKE = `
  INSERT INTO group_leases AS l (group_name, partition, member_id)
  SELECT $1, p, $2 FROM unnest($4::smallint[]) AS p ORDER BY p
  ON CONFLICT (group_name, partition) DO UPDATE SET member_id = excluded.member_id
    WHERE l.member_id = $2
       OR NOT EXISTS (SELECT FROM group_members m WHERE m.group_name = l.group_name AND m.member_id = l.member_id
         AND ${ALIVE})
  RETURNING l.partition::int AS partition`;

const GIVE_UP = 'DELETE FROM group_leases WHERE group_name = $1 AND member_id = $2 AND partition = ANY($3::smallint[])';

/** Leaves, and deletes members that died long ago. $1 group, $2 member. */
const LEAVE = `
  WITH leases AS (DELETE FROM group_leases WHERE group_name = $1 AND member_id = $2)
  DELETE FROM group_members WHERE group_name = $1
    AND (member_id = $2 OR heartbeat_at < clock_timestamp() - interval '1 hour')`;

interface View extends Record<string, unknown> {
  readonly members: readonly string[];
  readonly mine: readonly Partition[];
  readonly held: readonly Partition[];
}

/**
 * The number of partitions of a member. Only the number is fixed, so that a change in the group moves as few as
 * possible.
 */
export function fairShare(members: readonly string[], member: string, partitions: number): number {
  const sorted = [...new Set([...members, member])].sort();
  const each = Math.floor(partitions / sorted.length);
  return each + (sorted.indexOf(member) < partitions % sorted.length ? 1 : 0);
}

/**
 * A member of a group that shares partitions. In the view of the database a partition has at most one living owner; a
 * member that was paused learns of its losses at its next heartbeat. Double work in between is prevented by
 * compare-and-set elsewhere.
 */
export function joinGroup(options: GroupOptions): GroupMember {
  const { wakeUp, group, partitions, timing, log } = options;
  const member = randomUUID();
  const seconds = timing.ttlMs / 1_000;
  const owned = new Set<Partition>();
  const releasing = new Map<Partition, Promise<void>>();
  let lastBeatAt = performance.now();
  let away = false;
  let stopping: Promise<void> | undefined;
  let ticking: Promise<void> | undefined;
  let again = false;

  const changed = (): void => wakeUp.notify('madang_groups', group, 0);

  /** A partition is not taken again before the work on it has ended and, if it is given up, its lease is deleted. */
  function release(
    partition: Partition,
    how: 'give-up' | 'lost',
    then: () => Promise<unknown> = () => Promise.resolve(),
  ): Promise<void> {
    owned.delete(partition);
    const ended = options
      .release(partition, how)
      .then(then)
      // The next heartbeat finds the lease without work, and gives it up again or continues with it.
      .catch(() => undefined)
      .then(() => void releasing.delete(partition));
    releasing.set(partition, ended);
    return ended;
  }

  const giveUp = (partition: Partition): Promise<void> =>
    release(partition, 'give-up', () => wakeUp.query(GIVE_UP, [group, member, [partition]]).then(changed));

  function acquire(partition: Partition): void {
    owned.add(partition);
    options.acquire(partition);
  }

  async function beat(): Promise<void> {
    const began = performance.now();
    const [view] = await wakeUp.query<View>(BEAT, [group, member, seconds]);
    if (!view || stopping) return;
    lastBeatAt = began;
    for (const partition of owned) if (!view.mine.includes(partition)) void release(partition, 'lost');

    const share = fairShare(view.members, member, partitions);
    for (const partition of [...owned].sort((a, b) => b - a).slice(0, Math.max(0, owned.size - share)))
      void giveUp(partition);

    const wanted = share - owned.size;
    if (wanted <= 0) return;
    const free = Array.from({ length: partitions }, (_, partition) => partition).filter(
      (partition) =>
        !owned.has(partition) &&
        !releasing.has(partition) &&
        (view.mine.includes(partition) || !view.held.includes(partition)),
    );
    if (free.length === 0) return;
    const had = await wakeUp.query<{ partition: Partition }>(TAKE, [group, member, seconds, free.slice(0, wanted)]);
    if (stopping) return;
    for (const { partition } of had) acquire(partition);
  }

  async function tick(): Promise<void> {
    // Paused or cut off for longer than the time to live: the others have taken over.
    if (performance.now() - lastBeatAt > timing.ttlMs) for (const partition of owned) void release(partition, 'lost');
    try {
      await beat();
      if (away) log.info({ group }, 'back in the group');
      away = false;
    } catch (error) {
      if (!away && !stopping)
        log.warn({ err: error, group }, 'cannot reach the database to stay in the group; retrying');
      away = true;
    }
  }

  function soon(): void {
    if (stopping) return;
    if (ticking) {
      again = true;
      return;
    }
    ticking = tick().finally(() => {
      ticking = undefined;
      if (again) {
        again = false;
        soon();
      }
    });
  }

  const timer = setInterval(soon, timing.heartbeatMs);
  const unsubscribe = [wakeUp.on('madang_groups', (name) => name === group && soon()), wakeUp.onReturn(soon)];
  soon();
  // The other members give up the share of this one.
  void ticking!.then(changed);

  async function leave(): Promise<void> {
    clearInterval(timer);
    for (const unsubscribeOne of unsubscribe) unsubscribeOne();
    // At once, and not behind a heartbeat that waits for the database: no partition begins another batch.
    for (const partition of owned) void release(partition, 'give-up');
    await ticking;
    await Promise.all(releasing.values());
    await wakeUp.query(LEAVE, [group, member]).catch(() => undefined);
    changed();
  }

  return {
    owned: () => [...owned].sort((a, b) => a - b),
    stop: () => (stopping ??= leave()),
  };
}
