import type { Logger } from '../../engine/runtime/logging.js';

/** Those who ask within this time of an answer get the same. */
const KEPT_MS = 500;
/** A part that takes longer to say how it is, is not well. */
const TIMEOUT_MS = 3_000;

/** Asks once for all who want to know at about the same time, and does not wait for ever. */
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
        () => resolve([`what the process stands on does not answer within ${TIMEOUT_MS} ms`]),
        TIMEOUT_MS,
      );
      timer.unref();
    });
    try {
      return await Promise.race([Promise.resolve().then(notReady), late]);
    } catch (error) {
      logger.error({ err: error }, 'whether the process is ready cannot be told');
      return ['whether the process is ready cannot be told'];
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
