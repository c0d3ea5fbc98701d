import { roomId } from '../events/ids.js';
import type { HeatLeadership, HeatOverride, HeatOverrides, HeatReports, HeatView, SharedHeat } from './heat-store.js';
import type { RedisConnection } from '../engine/redis/client.js';
import { decisionOfText, decisionText } from './decision-json.js';
import { COUNTED, LEAD, PUBLISH, REPORT, RESIGN, RESTORE_OVERRIDES } from './redis-heat-store.lua.js';
import { luaScript } from '../engine/redis/lua-script.js';
import type { RedisSubscriber } from '../engine/redis/subscriber.js';

/** Longer than any leader looks back. */
const KEEP_COUNTS_SECONDS = 15;
/** After so long without a leader the old state is of no use. */
const KEEP_STATE_SECONDS = 86_400;

const scripts = {
  report: luaScript(REPORT),
  lead: luaScript(LEAD),
  counted: luaScript(COUNTED),
  publish: luaScript(PUBLISH),
  restoreOverrides: luaScript(RESTORE_OVERRIDES),
  resign: luaScript(RESIGN),
};

/**
 * The braces keep all keys on one node of a cluster. A change to their contents raises the version; servers of two
 * versions decide side by side.
 */
const keysOf = (logId: string) => {
  const prefix = `madang:${logId}:{heat}:v1:`;
  return {
    lease: `${prefix}lease`,
    state: `${prefix}state`,
    overrides: `${prefix}overrides`,
    decisions: `${prefix}decisions`,
    counts: (second: number) => `${prefix}counts:${second}`,
  };
};

export interface RedisHeatOptions {
  readonly redis: RedisConnection;
  /** Separates this deployment's keys from another's on the same server. */
  readonly logId: string;
  /** Null: decisions come with the answers to reports alone. */
  readonly subscriber: RedisSubscriber | null;
}

/** Which rooms are hot, in Redis. The caller closes the connections. */
export function redisHeatStore({ redis, logId, subscriber }: RedisHeatOptions): HeatReports & HeatLeadership {
  const keys = keysOf(logId);
  /** The last decision that this process has received, so that a decision travels once. */
  let known: SharedHeat | null = null;
  let published = { token: 0, revision: 0, body: '' };

  /** @param asked the decision named as known in the question: a reply without a body means that one */
  const viewOf = ([nowMs, token, revision, second, body]: ViewReply, asked: SharedHeat | null): HeatView => {
    const same = [asked, known].find(
      (shared) => shared?.token === Number(token) && shared.revision === Number(revision),
    );
    const shared = sharedOf(token, revision, second, same ?? body);
    if (shared) known = shared;
    return { nowMs, shared };
  };
  const versionOf = (shared: SharedHeat | null): [number, number] => [shared?.token ?? 0, shared?.revision ?? 0];

  const store = (token: number, revision: number, second: number, body: string): Promise<unknown> =>
    redis.run(
      scripts.publish,
      [keys.lease, keys.state],
      [token, revision, second, body, keys.decisions, KEEP_STATE_SECONDS],
    );

  return {
    isAway: () => redis.isAway(),

    async report(second, counts, closes) {
      const asked = known;
      const args = [...versionOf(asked), closes ? 1 : 0, KEEP_COUNTS_SECONDS, ...[...counts].flat()];
      return viewOf((await redis.run(scripts.report, [keys.counts(second), keys.state], args)) as ViewReply, asked);
    },

    onDecision(listener) {
      const receive = (message: string): void => {
        const [, token, revision, second, body] = /^(\d+) (\d+) (\d+) (.*)$/s.exec(message) ?? [];
        const shared = sharedOf(token, revision, second, body);
        if (shared) listener(shared);
      };
      return subscriber ? subscriber.on(keys.decisions, receive) : () => undefined;
    },

    async lead(token, leaseMs) {
      const asked = known;
      const reply = await redis.run(
        scripts.lead,
        [keys.lease, keys.state, keys.overrides],
        [token, leaseMs, ...versionOf(asked)],
      );
      const [held, overrides, view] = reply as [string, string[], ViewReply];
      return { ...viewOf(view, asked), token: Number(held), overrides: pairsOf(overrides).map(overrideOf) };
    },

    counted(seconds, floor, rooms) {
      const asked = [...rooms];
      return Promise.all(
        seconds.map(async (second) => {
          const counts = (await redis.run(scripts.counted, [keys.counts(second)], [floor, ...asked])) as
            string[] | null;
          return counts && new Map(pairsOf(counts).map(([room, count]) => [roomId(room), Number(count)]));
        }),
      );
    },

    async publish(token, second, decision) {
      const body = decisionText(decision);
      if (published.token === token && published.body === body) {
        const stored = await store(token, published.revision, second, '');
        if (stored !== -1) return stored === 1;
      }
      published = { token, revision: published.token === token ? published.revision + 1 : 1, body };
      return (await store(token, published.revision, second, body)) === 1;
    },

    async restoreOverrides(token, overrides) {
      await redis.run(
        scripts.restoreOverrides,
        [keys.lease, keys.overrides],
        [token, ...overrides.flatMap((override) => [override.roomId, valueOf(override)])],
      );
    },

    async resign(token) {
      await redis.run(scripts.resign, [keys.lease], [token]);
    },
  };
}

/** The overrides of operators, in Redis. The caller closes the connection. */
export function redisHeatOverrides(redis: RedisConnection, logId: string): HeatOverrides {
  const { overrides, state } = keysOf(logId);
  return {
    async view() {
      const [[seconds, micros], [token, revision, second, body]] = await redis.ask((client) =>
        Promise.all([client.time(), client.hmget(state, 'token', 'revision', 'second', 'body')]),
      );
      const nowMs = Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
      return { nowMs, shared: sharedOf(token, revision, second, body) };
    },
    async set(override) {
      await redis.ask((client) => client.hset(overrides, override.roomId, valueOf(override)));
    },
    async clear(room) {
      return (await redis.ask((client) => client.hdel(overrides, room))) === 1;
    },
    async list() {
      const found = await redis.ask((client) => client.hgetall(overrides));
      return Object.entries(found)
        .map(overrideOf)
        .filter(({ until }) => until > Date.now());
    },
  };
}

type Field = string | null | undefined;

/** Null without a decision, or with a text that is none: the next decision replaces it. */
function sharedOf(token: Field, revision: Field, second: Field, of: SharedHeat | Field): SharedHeat | null {
  if (!of) return null;
  const version = { token: Number(token), revision: Number(revision), second: Number(second) };
  if (!Object.values(version).every(Number.isSafeInteger)) return null;
  const decision = typeof of === 'string' ? decisionOfText(of) : of.decision;
  return decision && { ...version, decision };
}

type ViewReply = readonly [now: number, token?: string, revision?: string, second?: string, body?: string];

const valueOf = ({ state, until }: HeatOverride): string => `${state} ${Math.floor(until)}`;
const overrideOf = ([room, value]: readonly [string, string]): HeatOverride => {
  const [state, until] = value.split(' ');
  return { roomId: roomId(room), state: state === 'HOT' ? 'HOT' : 'NORMAL', until: Number(until) };
};

const pairsOf = (flat: readonly string[]): [string, string][] =>
  Array.from({ length: flat.length / 2 }, (_, index) => [flat[2 * index]!, flat[2 * index + 1]!]);
