import type { Counts } from './counts.js';
import type { Findings } from './virtual-users.js';
import { PERCENTILES, TIMED } from './latencies.js';
import type { Percentile, Summary, Timed } from './latencies.js';
import type { Drop } from './prepare.js';
import type { Scenario } from './scenario.js';

/** What was found against Madang's promises. All are 0 while they hold. */
export interface Broken {
  /** Messages that a subscriber never received. */
  readonly lost: number;
  /** Messages that a subscriber received again. */
  readonly doubled: number;
  /** Messages that a subscriber received behind a later one. */
  readonly reordered: number;
  /** Messages under two numbers, numbers with two messages, and rooms that members saw differently. */
  readonly contradictions: number;
  /** Gifticons beyond the stock, with a code that another one has, or withheld though there was stock. */
  readonly gifticons: number;
}

export interface ThresholdResult {
  /** Such as `deliver p99`. */
  readonly name: string;
  readonly limit: number;
  /** Undefined where nothing was measured: a threshold that cannot be judged is missed. */
  readonly measured: number | undefined;
  readonly isMissed: boolean;
}

export type Latest = Partial<Readonly<Record<Timed, Summary>>>;

/** @param drop its campaign as it was when the run began; null without a drop */
export function brokenPromises(all: readonly Findings[], counts: Counts, drop: Drop | null): Broken {
  const total = (name: 'lost' | 'doubled' | 'reordered' | 'contradictions'): number =>
    all.reduce((sum, findings) => sum + findings[name], 0);
  return {
    lost: total('lost'),
    doubled: total('doubled'),
    reordered: total('reordered'),
    contradictions: total('contradictions') + differingRooms(all),
    gifticons: drop ? wrongGifticons(all, counts, drop) : 0,
  };
}

function differingRooms(all: readonly Findings[]): number {
  const rooms = all[0]?.digests.length ?? 0;
  let differing = 0;
  for (let room = 0; room < rooms; room++)
    if (new Set(all.map(({ digests }) => digests[room]).filter((digest) => digest !== null)).size > 1) differing++;
  return differing;
}

function wrongGifticons(
  all: readonly Findings[],
  { issued, soldOut, failed }: Counts,
  { stock, issued: before, isOwn }: Drop,
): number {
  const codes = all.flatMap((findings) => findings.codes);
  const left = stock - before;
  const repeated = codes.length - new Set(codes).size;
  const beyond = Math.max(0, issued - left);
  // Sold out, with requests of nobody else: then every code was issued, if to a user who never learnt of it.
  const unknown = Object.entries(failed).reduce(
    (sum, [what, count]) => sum + (/^(?:press|outcome) /.test(what) ? count : 0),
    0,
  );
  const withheld = isOwn && soldOut > 0 ? Math.max(0, left - issued - unknown) : 0;
  return repeated + beyond + withheld;
}

export function judged({ thresholds }: Scenario, measured: Latest, failures: number): readonly ThresholdResult[] {
  const { failures: mostFailures, ...limits } = thresholds;
  const results = TIMED.flatMap((what) =>
    (Object.keys(PERCENTILES) as Percentile[]).flatMap((percentile): readonly ThresholdResult[] => {
      const limit = limits[what]?.[percentile];
      if (limit === undefined) return [];
      const found = measured[what]?.[percentile];
      const isMissed = found === undefined || found > limit;
      return [{ name: `${what} ${percentile}`, limit, measured: found, isMissed }];
    }),
  );
  if (mostFailures === undefined) return results;
  return [...results, { name: 'failures', limit: mostFailures, measured: failures, isMissed: failures > mostFailures }];
}

/** `broken` outranks `missed`. */
export type Verdict = 'kept' | 'missed' | 'broken';

export function verdictOf(broken: Broken, thresholds: readonly ThresholdResult[]): Verdict {
  if (Object.values(broken).some((count: number) => count > 0)) return 'broken';
  return thresholds.some(({ isMissed }) => isMissed) ? 'missed' : 'kept';
}
