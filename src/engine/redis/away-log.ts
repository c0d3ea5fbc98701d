import type { Logger } from '../runtime/logging.js';

/**
 * A reason that comes back within this time is not told of again: a server may come and go many times while it is
 * looked after.
 */
const QUIET_MS = 60_000;

export interface AwayLog {
  /** It is away, and this is why. Told once, however often it is said. */
  because(why: string): void;
  /** Whether a reason was given since it last served. */
  isTold(): boolean;
  /** The reason. */
  why(): string | null;
  /** It serves. */
  over(): void;
}

/** Tells in the log why Redis is away, and when it is not any more: a line for each change, and not for each try. */
export function createAwayLog(url: string, log: Logger, now: () => number = () => performance.now()): AwayLog {
  const at = addressOf(url);
  let isAway = true;
  let why: string | null = null;
  const toldAt = new Map<string, number>();
  return {
    because(reason) {
      const news = !isAway || reason !== why;
      isAway = true;
      why = reason;
      const last = toldAt.get(reason);
      if (!news || (last !== undefined && now() - last < QUIET_MS)) return;
      toldAt.set(reason, now());
      log.warn({ redis: at }, `Redis is away: ${reason}; going on without it, and trying on`);
    },
    isTold: () => why !== null,
    why: () => why,
    over() {
      if (!isAway) return;
      isAway = false;
      log.info({ redis: at }, why === null ? 'Redis is connected' : 'Redis is back');
      why = null;
    },
  };
}

/** Without the password. */
function addressOf(url: string): string {
  if (!URL.canParse(url)) return 'the address in REDIS_URL';
  const { host, pathname } = new URL(url);
  return `${host || 'localhost'}${pathname}`;
}
