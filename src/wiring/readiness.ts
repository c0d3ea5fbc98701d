import type { CommandLog } from '../engine/log/command-log.js';
import type { ConsumerHealth } from '../engine/log/consumer-health.js';
import type { Logger } from '../engine/runtime/logging.js';
import type { EventStore } from '../engine/store/event-store.js';

export interface ReadinessOptions {
  readonly store: Pick<EventStore, 'heads'>;
  readonly commands: Pick<CommandLog, 'ends'>;
  readonly consumers: Pick<ConsumerHealth, 'problems'>;
  /** Why this process cannot go on beside those of another version. */
  readonly problems: () => readonly string[];
  readonly logger: Logger;
}

/**
 * Why this process cannot do its work now; empty where it can. Readiness is public: a driver's message contains names
 * and paths of servers, so it goes to the log, once.
 */
export function createNotReady({
  store,
  commands,
  consumers,
  problems,
  logger,
}: ReadinessOptions): () => Promise<readonly string[]> {
  const logged = new Map<string, string>();
  const notAnswering = (part: string, error: unknown): string => {
    if (logged.get(part) !== String(error)) logger.warn({ err: error }, `${part} does not answer`);
    logged.set(part, String(error));
    return `${part} does not answer`;
  };
  return async () => {
    const answers = await Promise.allSettled([store.heads(), commands.ends()]);
    if (answers.every(({ status }) => status === 'fulfilled')) logged.clear();
    const away = answers.flatMap((answer, index) =>
      answer.status === 'rejected'
        ? [notAnswering(index === 0 ? 'the database' : 'the command log', answer.reason)]
        : [],
    );
    return [...away, ...consumers.problems(), ...problems()];
  };
}
