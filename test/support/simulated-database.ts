import type { SimulatedClock } from './simulated-clock.js';

// In the test runner every access to a global costs a microsecond, and a simulated minute makes a million of them.
const { PI, cos, exp, imul, log, max, sqrt } = Math;

/** A small generator of random numbers: the same numbers for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = a;
    t = imul(t ^ (t >>> 15), t | 1);
    t ^= t + imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export interface DatabaseModel {
  /** Cores, shared evenly by the running commits. May change at run time. */
  readonly cores: number;
  /** The processor time of a commit, and of each record, in milliseconds. */
  readonly baseMs: number;
  readonly recordMs: number;
  /** Waiting for the disk at the end, without a core. */
  readonly diskMs: number;
  /** 0: constant. 0.3: a third more or less. */
  readonly noise: number;
  /** The average time between hiccups of the disk, of 20 to 50 ms, in which nothing ends. 0: never. */
  readonly hiccupEveryMs: number;
  /** Connections for slices; more slices wait. */
  readonly connections: number;
}

export const TYPICAL: DatabaseModel = {
  cores: 2,
  baseMs: 1,
  recordMs: 0.15,
  diskMs: 1.5,
  noise: 0.3,
  hiccupEveryMs: 10_000,
  connections: 10,
};

export interface SimulatedDatabase {
  /** Changes the model from now on. */
  change(model: Partial<DatabaseModel>): void;
  /** Commits so many records; rejects while the database is `down`. */
  commit(records: number): Promise<{ readonly waitMs: number; readonly commitMs: number }>;
  /**
   * Short commits of other clients that share the cores and the disk, at random times, so many a second. Collects their
   * latencies.
   */
  chat(perSecond: number): Load;
  /** So many other clients that commit `ms` of work one after the other, without a pause. */
  bench(clients: number, ms: number): Load;
  /** Nothing proceeds while it is stalled. */
  stall(stalled: boolean): void;
  /** Commits fail at once while it is down. */
  down(down: boolean): void;
}

export interface Load {
  readonly latencies: { readonly at: number; readonly ms: number }[];
  stop(): void;
}

interface Job {
  left: number;
  readonly end: () => void;
}

/**
 * A database as a queueing model: `cores` shared evenly by all running commits, then the disk, for which all wait in
 * parallel and which now and then pauses. Connections are a queue in front.
 */
export function createSimulatedDatabase(
  clock: SimulatedClock,
  initial: DatabaseModel,
  random: () => number,
): SimulatedDatabase {
  let model = initial;
  let stalled = false;
  let isDown = false;
  const jobs = new Set<Job>();
  let advancedAt = clock.now();
  let cancelNext: (() => void) | undefined;
  let hiccupUntil = 0;
  let nextHiccup = hiccupAfter(0);
  let busyConnections = 0;
  const queue: (() => void)[] = [];

  function hiccupAfter(now: number): number {
    return model.hiccupEveryMs === 0 ? Infinity : now - log(1 - random()) * model.hiccupEveryMs;
  }

  const noisy = (ms: number): number => ms * exp(model.noise * normal(random));
  const speed = (): number => {
    if (stalled || jobs.size === 0) return 0;
    return jobs.size <= model.cores ? 1 : model.cores / jobs.size;
  };

  function advance(): void {
    const now = clock.now();
    const passed = (now - advancedAt) * speed();
    advancedAt = now;
    for (const job of jobs) job.left -= passed;
  }

  function schedule(): void {
    cancelNext?.();
    cancelNext = undefined;
    const share = speed();
    if (share === 0) return;
    let shortest = Infinity;
    for (const { left } of jobs) if (left < shortest) shortest = left;
    cancelNext = clock.afterAlone(max(0, shortest) / share, finish);
  }

  function finish(): void {
    advance();
    for (const job of jobs) {
      if (job.left > 1e-9) continue;
      jobs.delete(job);
      job.end();
    }
    schedule();
  }

  function toDisk(done: () => void): void {
    const now = clock.now();
    while (nextHiccup <= now) {
      hiccupUntil = nextHiccup + 20 + 30 * random();
      nextHiccup = hiccupAfter(max(nextHiccup, hiccupUntil));
    }
    clock.after(noisy(model.diskMs) + max(0, hiccupUntil - now), () => (stalled ? waitForEnd(done) : done()));
  }

  function waitForEnd(done: () => void): void {
    clock.after(10, () => (stalled ? waitForEnd(done) : done()));
  }

  function work(ms: number, done: () => void): void {
    advance();
    jobs.add({ left: max(0.01, noisy(ms)), end: () => toDisk(done) });
    schedule();
  }

  async function connection(): Promise<void> {
    if (busyConnections < model.connections) busyConnections++;
    else await new Promise<void>((resolve) => queue.push(resolve));
  }

  function release(): void {
    const next = queue.shift();
    if (next) next();
    else busyConnections--;
  }

  return {
    change(changes) {
      advance();
      model = { ...model, ...changes };
      if (changes.hiccupEveryMs !== undefined) nextHiccup = hiccupAfter(clock.now());
      schedule();
    },
    async commit(records) {
      const asked = clock.now();
      if (isDown) throw new Error('the database is down');
      await connection();
      const had = clock.now();
      await new Promise<void>((resolve) => work(model.baseMs + model.recordMs * records, resolve));
      release();
      if (isDown) throw new Error('the database is down');
      return { waitMs: had - asked, commitMs: clock.now() - had };
    },
    chat(perSecond) {
      const latencies: { at: number; ms: number }[] = [];
      let on = true;
      const arrive = (): void => {
        if (!on) return;
        const at = clock.now();
        work(model.baseMs * 0.5, () => latencies.push({ at, ms: clock.now() - at }));
        clock.afterAlone((-log(1 - random()) * 1_000) / perSecond, arrive);
      };
      arrive();
      return { latencies, stop: () => void (on = false) };
    },
    bench(clients, ms) {
      const latencies: { at: number; ms: number }[] = [];
      let on = true;
      const again = (): void => {
        if (!on) return;
        const at = clock.now();
        work(ms, () => {
          latencies.push({ at, ms: clock.now() - at });
          again();
        });
      };
      for (let client = 0; client < clients; client++) again();
      return { latencies, stop: () => void (on = false) };
    },
    stall(now) {
      advance();
      stalled = now;
      schedule();
    },
    down(now) {
      isDown = now;
    },
  };
}

function normal(random: () => number): number {
  return sqrt(-2 * log(1 - random())) * cos(2 * PI * random());
}
