const open = new Set<() => Promise<void>>();

/**
 * Makes an idempotent end for a resource of a benchmark. Until it is called, the benchmark's end calls it as well, on
 * every path: servers have sessions of their own, and would run on beside the next measurement.
 */
export function ending(end: () => Promise<void>): () => Promise<void> {
  let ended: Promise<void> | undefined;
  const once = (): Promise<void> => (ended ??= end().finally(() => open.delete(once)));
  open.add(once);
  return once;
}

/** Stops the started resources, and those that are still starting once they have. */
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

/** From now on a signal, or an uncaught error, ends all open resources, the last first, and then the process. */
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
    // Requests under way when the servers were ended fail, and that means nothing.
    if (!over) console.error(error);
    void endAll(1);
  });
}
