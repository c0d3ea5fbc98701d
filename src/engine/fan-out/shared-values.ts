import { setImmediate as nextTurn } from 'node:timers/promises';
import type { UserId } from '../domain/ids.js';
import type { Logger } from '../runtime/logging.js';
import type { EngineMetrics } from '../runtime/metrics.js';
import { MAX_BACKLOG_BYTES } from './live-members.js';
import type { PresentUsers } from './present-users.js';
import { createPresentUsers } from './present-users.js';
import type { Delivery, End, Subscriber } from './subscriber.js';

/** The common request of subscribers with equal results. */
export interface ValueQuery<V> {
  /** The name of the value. */
  readonly key: string;
  /** Equal for subscribers with equal results. */
  readonly group: string;
  /** Executes the selection, as JSON of an execution result. */
  render(value: V): Promise<string>;
}

/**
 * Subscribers of values that change all the time, and of which only the newest counts: a value is read once an interval
 * for all of its subscribers, and executed once for each group. Nothing is stored, and a subscriber that reads slowly
 * gets fewer of them.
 */
export interface SharedValues<V> {
  /**
   * The value now, then as it changes. The subscription ends after a value that is the last one.
   */
  subscribe(query: ValueQuery<V>, subscriber: Subscriber): void;
  stop(): void;
}

export interface SharedValuesOptions<V> {
  /** The interval, in milliseconds. */
  readonly everyMs: number;
  /** Called once an interval and key. After a throw it is called again in the next interval. */
  readonly read: (key: string) => Promise<V>;
  /** Whether the value cannot change any more. */
  readonly isLast: (value: V) => boolean;
  /** Maximum groups of one value, and of one user in them. */
  readonly groupsPerValue: number;
  readonly groupsPerUser: number;
  readonly logger: Logger;
  readonly metrics: Pick<EngineMetrics, 'connectionsRefused' | 'groups' | 'subscribers'>;
}

interface Group<V> {
  readonly query: ValueQuery<V>;
  readonly members: Map<Subscriber, () => void>;
  /** Subscribers who have no value yet. */
  readonly fresh: Set<Subscriber>;
  delivery: Delivery | null;
  /** As JSON: the value of `delivery`. */
  shown: string | null;
}

interface Value<V> {
  readonly groups: Map<string, Group<V>>;
  readonly users: PresentUsers;
  /** The update that is under way, and whether another has to follow at once. */
  updating: boolean;
  again: boolean;
  failing: boolean;
}

/** The subscribers that are written to in one turn of the event loop, some milliseconds. */
const WRITES_PER_TURN = 1_000;

export function createSharedValues<V>(options: SharedValuesOptions<V>): SharedValues<V> {
  const { everyMs, read, isLast, groupsPerValue, groupsPerUser, logger, metrics } = options;
  const values = new Map<string, Value<V>>();
  let timer: NodeJS.Timeout | undefined;

  const end = (group: Group<V>, subscriber: Subscriber, how: End): void => {
    const leave = group.members.get(subscriber);
    if (!leave) return;
    leave();
    subscriber.ended(how);
  };
  const endAll = (group: Group<V>, how: End): void => {
    for (const subscriber of group.members.keys()) end(group, subscriber, how);
  };

  const write = async (group: Group<V>, delivery: Delivery, to: readonly Subscriber[]): Promise<void> => {
    for (const [n, subscriber] of to.entries()) {
      // A later value makes up for this one.
      if (group.members.has(subscriber) && subscriber.sink.backlog() <= MAX_BACKLOG_BYTES) {
        group.fresh.delete(subscriber);
        try {
          subscriber.sink.deliver(delivery);
        } catch (error) {
          end(group, subscriber, { reason: 'failed', error });
        }
      }
      if (n % WRITES_PER_TURN === WRITES_PER_TURN - 1) await nextTurn();
    }
  };

  const show = async (group: Group<V>, value: V, text: string): Promise<void> => {
    try {
      if (group.delivery && group.shown === text) await write(group, group.delivery, [...group.fresh]);
      else {
        const delivery = { results: [await group.query.render(value)] };
        // Those who join from here on get it at once.
        const present = [...group.members.keys()];
        Object.assign(group, { delivery, shown: text });
        await write(group, delivery, present);
      }
      if (isLast(value)) endAll(group, { reason: 'cancelled' });
    } catch (error) {
      endAll(group, { reason: 'failed', error });
    }
  };

  const update = async (key: string, of: Value<V>): Promise<void> => {
    if (of.updating) {
      of.again = true;
      return;
    }
    of.updating = true;
    try {
      const value = await read(key);
      of.failing = false;
      const text = JSON.stringify(value);
      for (const group of of.groups.values()) await show(group, value, text);
    } catch (error) {
      if (!of.failing) logger.warn({ err: error, key }, 'a value could not be read for its subscribers; retrying');
      of.failing = true;
    } finally {
      of.updating = false;
    }
    if (!of.again) return;
    of.again = false;
    await update(key, of);
  };

  const tick = (): void => {
    for (const [key, value] of values) if (!value.updating) void update(key, value);
  };

  const valueOf = (key: string): Value<V> => {
    const known = values.get(key);
    if (known) return known;
    const value: Value<V> = {
      groups: new Map(),
      users: createPresentUsers(),
      updating: false,
      again: false,
      failing: false,
    };
    values.set(key, value);
    timer ??= setInterval(tick, everyMs).unref();
    return value;
  };

  const empty = (key: string, value: Value<V>): void => {
    if (value.groups.size > 0 || values.get(key) !== value) return;
    values.delete(key);
    if (values.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };

  const groupOf = (value: Value<V>, query: ValueQuery<V>): Group<V> => {
    const known = value.groups.get(query.group);
    if (known) return known;
    const group: Group<V> = { query, members: new Map(), fresh: new Set(), delivery: null, shown: null };
    value.groups.set(query.group, group);
    metrics.groups.inc();
    return group;
  };

  const refused = ({ groups, users }: Value<V>, { group }: ValueQuery<V>, userId: UserId) => {
    if (!groups.has(group) && groups.size >= groupsPerValue) return 'groups_of_room' as const;
    if (!users.isIn(userId, group) && users.groupsOf(userId) >= groupsPerUser) return 'groups_of_user' as const;
    return null;
  };

  return {
    subscribe(query, subscriber) {
      const { signal, userId, sink } = subscriber;
      const { transport } = sink;
      if (signal.aborted) return subscriber.ended({ reason: 'cancelled' });
      const value = valueOf(query.key);
      const by = refused(value, query, userId);
      if (by) {
        empty(query.key, value);
        metrics.connectionsRefused.inc({ reason: by });
        return subscriber.ended({ reason: 'refused', by });
      }
      const group = groupOf(value, query);
      value.users.add(userId, query.group);

      const leave = (): void => {
        if (!group.members.delete(subscriber)) return;
        group.fresh.delete(subscriber);
        signal.removeEventListener('abort', cancel);
        metrics.subscribers.dec({ transport });
        value.users.delete(userId, query.group);
        if (group.members.size > 0 || value.groups.get(query.group) !== group) return;
        value.groups.delete(query.group);
        metrics.groups.dec();
        empty(query.key, value);
      };
      const cancel = (): void => {
        leave();
        subscriber.ended({ reason: 'cancelled' });
      };
      signal.addEventListener('abort', cancel, { once: true });
      group.members.set(subscriber, leave);
      metrics.subscribers.inc({ transport });
      subscriber.began?.(cancel);
      if (!group.members.has(subscriber)) return;
      // One who joins others gets the value that they have.
      if (group.delivery) sink.deliver(group.delivery);
      else {
        group.fresh.add(subscriber);
        void update(query.key, value);
      }
    },
    stop() {
      clearInterval(timer);
      for (const { groups } of values.values())
        for (const group of groups.values()) endAll(group, { reason: 'stopping' });
      values.clear();
    },
  };
}
