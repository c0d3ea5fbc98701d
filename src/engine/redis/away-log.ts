import type { Logger } from '../runtime/logging.js';

/** A repeated reason is logged again only after this time: a server may come and go often during maintenance. */
const QUIET_MS = 60_000;

export interface AwayLog {
  /** It is away for this reason. Logged once, however often it is called. */
  because(why: string): void;
  /** Whether a reason was given since it last served. */
  isReported(): boolean;
  /** The reason. */
  why(): string | null;
  /** It serves. */
  over(): void;
}

/** Logs that Redis is away, with the reason, and its return: one line per change, not per try. */
export function createAwayLog(url: string, log: Logger, now: () => number = () => performance.now()): AwayLog {
  const at = addressOf(url);
  let isAway = true;
  let why: string | null = null;
  const loggedAt = new Map<string, number>();
  return {
    because(reason) {
      const isNew = !isAway || reason !== why;
      isAway = true;
      why = reason;
      const last = loggedAt.get(reason);
      if (!isNew || (last !== undefined && now() - last < QUIET_MS)) return;
      loggedAt.set(reason, now());
      log.warn({ redis: at }, `Redis is away: ${reason}; continuing without it, and retrying`);
    },
    isReported: () => why !== null,
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
