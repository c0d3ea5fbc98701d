const open = new Set<() => Promise<void>>();

/**
 * What ends something that a benchmark has started, as often as it is called. Until then it is ended with the benchmark
 * as well, however that ends: servers have sessions of their own, and would go on beside whatever is measured next.
 */
export function ending(end: () => Promise<void>): () => Promise<void> {
  let ended: Promise<void> | undefined;
  const once = (): Promise<void> => (ended ??= end().finally(() => open.delete(once)));
  open.add(once);
  return once;
}

/** Stops what has started, and what is still starting once it has. */
export async function stopAll(starting: readonly Promise<{ stop(): Promise<unknown> }>[]): Promise<void> {
  const started = await Promise.allSettled(starting);
  await Promise.all(
    started
      .filter(({ status }) => status === 'fulfilled')
      .map((each) => (each as PromiseFulfilledResult<{ stop(): Promise<unknown> }>).value.stop()),
  );
}

const last = (): (() => Promise<void>) | undefined => [...open].at(-1);

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/**
 * From now on a signal, or an error that nobody caught, ends all that is open, the last first, and then the process.
 */
export function endAllWithProcess(): void {
  let over = false;
  const endAll = async (status: number): Promise<void> => {
    if (over) return;
    over = true;
    for (let end = last(); end; end = last())
      await end().catch((error: unknown) => process.stderr.write(`  not ended in order: ${String(error)}\n`));
    process.exit(status);
  };
  for (const [signal, number] of Object.entries(SIGNALS)) process.on(signal, () => void endAll(128 + number));
  process.on('uncaughtException', (error) => {
    // What was under way when the servers were ended fails, and says nothing.
    if (!over) console.error(error);
    void endAll(1);
  });
}
