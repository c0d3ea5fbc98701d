import { z } from 'zod';
import { seeded } from '../support/simulated-database.js';

const victim = z.string().min(1);
const ms = z.number().int().min(0);

const fault = z.discriminatedUnion('kind', [
  /** SIGKILL, and a restart after a while. */
  z.object({ kind: z.literal('kill'), victim, ms }),
  /** SIGSTOP, and SIGCONT after a while. */
  z.object({ kind: z.literal('pause'), victim, ms }),
  /** SIGTERM, and a restart when it has ended. */
  z.object({ kind: z.literal('restart'), victim }),
  /** Every process in turn: SIGTERM, a start, and the next one once it serves. */
  z.object({ kind: z.literal('roll') }),
  /** FLUSHALL of Redis. */
  z.object({ kind: z.literal('flush') }),
  /**
   * Redis becomes a replica of a server that does not exist, and a master again after a while: meanwhile it answers
   * reads and takes no writes.
   */
  z.object({ kind: z.literal('demote'), ms }),
  /** Every connection of a link ends at once. */
  z.object({ kind: z.literal('cut'), link: z.string() }),
  /** No data passes over a link for a while. */
  z.object({ kind: z.literal('stall'), link: z.string(), ms }),
  /** A link is cut, and refuses connections for a while. */
  z.object({ kind: z.literal('refuse'), link: z.string(), ms }),
  /** Another program writes compressed batches, transactions and records that are no commands to the topics. */
  z.object({ kind: z.literal('foreign'), ms }),
  /** A disk is full for a while. */
  z.object({ kind: z.literal('fill'), disk: z.string(), ms }),
  /** PostgreSQL's standby gets nothing for a while; then the primary is killed, and the standby takes its place. */
  z.object({ kind: z.literal('promote'), ms }),
  /**
   * All brokers lose the last records of the command topic, which grows past the checkpoints before a decider
   * continues.
   */
  z.object({ kind: z.literal('truncate') }),
]);

/** A fault, which ends after `ms` milliseconds. */
export type Fault = z.infer<typeof fault>;
export type FaultKind = Fault['kind'];
export const FAULT_KINDS: readonly FaultKind[] = [
  'kill',
  'pause',
  'restart',
  'roll',
  'flush',
  'demote',
  'cut',
  'stall',
  'refuse',
  'foreign',
  'fill',
  'promote',
  'truncate',
];

const planned = z.object({ at: ms, fault });
/** A fault with its time: milliseconds after the load began. */
export type PlannedFault = z.infer<typeof planned>;

const head = z.object({
  engine: z.enum(['embedded', 'kafka']),
  seed: z.number().int(),
  minutes: z.number().positive(),
  standby: z.boolean().default(false),
});
/** The parameters of a run. */
export type RunHead = z.infer<typeof head>;

/** The possible victims. */
export interface Targets {
  /** Processes of Madang. */
  readonly processes: readonly string[];
  /** postgres, redis, kafka-1 … */
  readonly servers: readonly string[];
  readonly links: readonly string[];
  readonly disks: readonly string[];
  /** Whether PostgreSQL has an asynchronous standby. */
  readonly standby: boolean;
  /** Whether there are topics that others can write to. */
  readonly topics: boolean;
}

export interface PlanOptions {
  readonly seed: number;
  /** No fault begins after so many milliseconds. */
  readonly ms: number;
  readonly targets: Targets;
  readonly kinds?: readonly FaultKind[];
  /** The time after which other processes have taken over the work of a paused one. */
  readonly sessionMs: number;
  /** Between two faults: this at least, twice this at most. */
  readonly gapMs?: number;
  /** The time from one rolling restart to the next, beside the other faults. Default: there is none. */
  readonly rollEveryMs?: number | undefined;
}

/** Kinds with the most victims come most often. */
const OFTEN: Partial<Record<FaultKind, number>> = { kill: 3, pause: 2, promote: 2 };
/** The first fault comes when the load has settled. */
const FIRST_MS = 4_000;
const GAP_MS = 4_000;

/**
 * The faults of a run with their times: the same for the same seed and targets. Kinds take turns in random order, and
 * so do the targets of each: a run of sufficient length has all of them.
 */
export function createPlan({
  seed,
  ms: end,
  targets,
  kinds = FAULT_KINDS,
  sessionMs,
  gapMs = GAP_MS,
  rollEveryMs,
}: PlanOptions): readonly PlannedFault[] {
  const random = seeded(seed);
  const between = (low: number, high: number): number => Math.round(low + (high - low) * random());
  const deck = <T>(cards: readonly T[]): (() => T | undefined) => {
    let left: T[] = [];
    return () => {
      if (left.length === 0)
        left = cards
          .map((card) => ({ card, by: random() }))
          .sort((a, b) => a.by - b.by)
          .map(({ card }) => card);
      return left.pop();
    };
  };

  const possible: Partial<Record<FaultKind, boolean>> = {
    // At times of its own.
    roll: false,
    fill: targets.disks.length > 0,
    foreign: targets.topics,
    promote: targets.standby,
    // The topic contains the commands whose outcomes PostgreSQL has lost.
    truncate: targets.servers.includes('kafka-1') && !targets.standby,
  };
  const isPossible = (kind: FaultKind): boolean => possible[kind] ?? true;
  const everyone = [...targets.processes, ...targets.servers];
  const nextKind = deck(kinds.filter(isPossible).flatMap((kind) => Array<FaultKind>(OFTEN[kind] ?? 1).fill(kind)));
  const next = {
    kill: deck(everyone),
    pause: deck(everyone),
    restart: deck(everyone),
    cut: deck(targets.links),
    stall: deck(targets.links),
    refuse: deck(targets.links),
    fill: deck(targets.disks),
  };

  const draw = (kind: FaultKind): Fault => {
    switch (kind) {
      case 'kill':
        return { kind, victim: next.kill()!, ms: between(0, 4_000) };
      case 'pause': {
        const victim = next.pause()!;
        // Servers have no session to lose. Clients must not have to wait longer than their timeout.
        return {
          kind,
          victim,
          ms: targets.processes.includes(victim) ? between(sessionMs + 500, sessionMs + 4_000) : between(500, 6_000),
        };
      }
      case 'restart':
        return { kind, victim: next.restart()! };
      case 'roll':
      case 'flush':
        return { kind };
      case 'demote':
        return { kind, ms: between(1_000, 8_000) };
      case 'cut':
        return { kind, link: next.cut()! };
      case 'stall':
        return { kind, link: next.stall()!, ms: between(1_000, 8_000) };
      case 'refuse':
        return { kind, link: next.refuse()!, ms: between(500, 5_000) };
      case 'truncate':
        return { kind };
      case 'foreign':
        return { kind, ms: between(1_000, 6_000) };
      case 'fill':
        return { kind, disk: next.fill()!, ms: between(1_000, 6_000) };
      case 'promote':
        return { kind, ms: between(500, 3_000) };
      default:
        return kind satisfies never;
    }
  };

  const plan: PlannedFault[] = [];
  for (let at = FIRST_MS; at < end; at += between(gapMs, 2 * gapMs)) plan.push({ at, fault: draw(nextKind()!) });
  for (let at = FIRST_MS; rollEveryMs !== undefined && at < end; at += rollEveryMs)
    plan.push({ at, fault: { kind: 'roll' } });
  return plan.toSorted((a, b) => a.at - b.at);
}

export function describeFault(what: Fault): string {
  switch (what.kind) {
    case 'kill':
      return `kill -9 of ${what.victim}, back after ${what.ms} ms`;
    case 'pause':
      return `SIGSTOP of ${what.victim} for ${what.ms} ms`;
    case 'restart':
      return `${what.victim} is stopped in good order, and started again`;
    case 'roll':
      return 'every process in turn is stopped in good order, and started again';
    case 'flush':
      return 'FLUSHALL of Redis';
    case 'demote':
      return `Redis is a replica of nobody for ${what.ms} ms`;
    case 'cut':
      return `every connection of ${what.link} is cut`;
    case 'stall':
      return `nothing passes from ${what.link} for ${what.ms} ms`;
    case 'refuse':
      return `${what.link} is cut and refused for ${what.ms} ms`;
    case 'truncate':
      return 'all brokers lose the last decided records of the command topic';
    case 'foreign':
      return `another program writes to the topics for ${what.ms} ms`;
    case 'fill':
      return `the disk of ${what.disk} is full for ${what.ms} ms`;
    case 'promote':
      return (
        `the standby of PostgreSQL gets nothing for ${what.ms} ms, ` +
        'and takes the place of the primary, which is killed'
      );
    default:
      return what satisfies never;
  }
}

/** The file of a run: a line for the run, then a line for each fault. */
export const formatHead = (run: RunHead): string => `${JSON.stringify(run)}\n`;
export const formatFault = (what: PlannedFault): string => `${JSON.stringify(what)}\n`;

/** @throws where the text was not written by a run */
export function parseSchedule(text: string): { readonly head: RunHead; readonly plan: readonly PlannedFault[] } {
  const [first = '', ...rest] = text.split('\n').filter(Boolean);
  return { head: head.parse(JSON.parse(first)), plan: rest.map((line) => planned.parse(JSON.parse(line))) };
}
