import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { RoomId } from '../../src/events/ids.js';
import { createHotKeyDetector } from '../../src/hot-rooms/hot-key-detector.js';
import type { HotKeyDetector, RoomHeat } from '../../src/hot-rooms/heat.js';
import { openRedis } from '../../src/engine/redis/client.js';
import type { RedisConnection } from '../../src/engine/redis/client.js';
import { redisHeatStore } from '../../src/hot-rooms/redis-heat-store.js';
import { openRedisSubscriber } from '../../src/engine/redis/subscriber.js';
import type { HeatMonitor, HeatMonitorOptions } from '../../src/hot-rooms/monitor.js';
import { startHeatMonitor } from '../../src/hot-rooms/monitor.js';
import { quietLogger, until } from '../support/conditions.js';

export const THRESHOLDS = { enter: 200, exit: 100 };

export interface ApiServer {
  readonly heat: HotKeyDetector;
  readonly redis: RedisConnection;
  /** The changes that it reported, in order: `<room> HOT` or `<room> NORMAL`. */
  readonly told: readonly string[];
  /** From now on so many fetches of the room a second. */
  load(room: RoomId, perSecond: number): void;
  stop(): Promise<void>;
}

/** A deployment's servers, each with connections of its own, all in this process unless they are forked. */
export class Servers implements AsyncDisposable {
  readonly #releases: (() => Promise<unknown>)[] = [];

  constructor(
    readonly url: string,
    readonly logId: string,
  ) {}

  async redis(): Promise<RedisConnection> {
    const redis = await openRedis(this.url, { log: quietLogger });
    this.#releases.push(() => redis.close());
    return redis;
  }

  /** @param hears false: it does not receive published decisions */
  async api(hears = true): Promise<ApiServer> {
    const redis = await this.redis();
    const subscriber = hears ? openRedisSubscriber(this.url, { log: quietLogger }) : null;
    const heat = createHotKeyDetector({
      store: redisHeatStore({ redis, logId: this.logId, subscriber }),
      thresholds: THRESHOLDS,
      logger: quietLogger,
    });
    const told: string[] = [];
    heat.onChange(({ roomId, state }) => told.push(`${roomId} ${state}`));
    const loads = new Map<RoomId, { perSecond: number; since: number; done: number }>();
    const timer = setInterval(() => {
      for (const [room, load] of loads) {
        const due = Math.floor(((performance.now() - load.since) * load.perSecond) / 1_000);
        for (; load.done < due; load.done++) heat.fetched(room);
      }
    }, 5);
    const stop = async (): Promise<void> => {
      clearInterval(timer);
      await heat.stop();
      await subscriber?.close();
    };
    this.#releases.push(stop);
    return {
      heat,
      redis,
      told,
      load: (room, perSecond) => void loads.set(room, { perSecond, since: performance.now(), done: 0 }),
      stop,
    };
  }

  async monitor(options: Partial<HeatMonitorOptions> = {}): Promise<HeatMonitor> {
    const redis = await this.redis();
    const subscriber = openRedisSubscriber(this.url, { log: quietLogger });
    this.#releases.push(() => subscriber.close());
    const monitor = startHeatMonitor({
      store: redisHeatStore({ redis, logId: this.logId, subscriber }),
      thresholds: THRESHOLDS,
      logger: quietLogger,
      ...options,
    });
    this.#releases.push(() => monitor.stop());
    return monitor;
  }

  /** A process with the role heat alone, which leads. */
  async leadingChild(): Promise<{ leads(): boolean; signal(name: NodeJS.Signals): void }> {
    const settings = { url: this.url, logId: this.logId, thresholds: THRESHOLDS };
    const child = fork(fileURLToPath(new URL('./heat-monitor.js', import.meta.url)), [JSON.stringify(settings)], {
      execArgv: [],
    });
    let leads = false;
    child.on('message', (message: { readonly leads: boolean }) => void ({ leads } = message));
    const gone = once(child, 'exit');
    this.#releases.push(async () => {
      child.kill('SIGKILL');
      await gone;
    });
    await until(() => leads, 'the child to lead');
    return { leads: () => leads, signal: (name) => void child.kill(name) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (let release = this.#releases.pop(); release; release = this.#releases.pop()) await release();
  }
}

export const states = (servers: readonly ApiServer[], room: RoomId): readonly RoomHeat['state'][] =>
  servers.map(({ heat }) => heat.of(room).state);
