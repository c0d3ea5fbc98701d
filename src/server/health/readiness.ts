import type { Logger } from '../../engine/runtime/logging.js';

/** An answer is reused for this time. */
const KEPT_MS = 500;
/** A part without an answer in this time counts as failed. */
const TIMEOUT_MS = 3_000;

/** Shares one check among concurrent callers, and bounds its time. */
export function createReadiness(
  notReady: () => Promise<readonly string[]> | readonly string[],
  logger: Logger,
): () => Promise<readonly string[]> {
  let asking: Promise<readonly string[]> | null = null;
  let last: { readonly reasons: readonly string[]; readonly at: number } | null = null;

  const ask = async (): Promise<readonly string[]> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<readonly string[]>((resolve) => {
      timer = setTimeout(
        () => resolve([`the services that the process needs do not answer within ${TIMEOUT_MS} ms`]),
        TIMEOUT_MS,
      );
      timer.unref();
    });
    try {
      return await Promise.race([Promise.resolve().then(notReady), late]);
    } catch (error) {
      logger.error({ err: error }, 'the readiness of the process cannot be determined');
      return ['the readiness of the process cannot be determined'];
    } finally {
      clearTimeout(timer);
    }
  };

  return async () => {
    if (last && performance.now() - last.at < KEPT_MS) return last.reasons;
    asking ??= ask().finally(() => (asking = null));
    const reasons = await asking;
    if (last && String(last.reasons) !== String(reasons))
      logger.info({ reasons }, reasons.length === 0 ? 'ready again' : 'not ready');
    last = { reasons, at: performance.now() };
    return reasons;
  };
}
