import { Worker } from 'node:worker_threads';
import type { FromThread, ThreadData, ThreadReport, ToThread } from './thread.js';

type Stage = Exclude<FromThread['type'], 'report'>;
type Of<Type extends Stage> = FromThread & { readonly type: Type };

/** The threads of a run, led from stage to stage together. */
export interface Threads {
  send(message: ToThread): void;
  /** Resolves with the messages of all threads, in their order, once each has posted this one. */
  all<Type extends Stage>(type: Type): Promise<readonly Of<Type>[]>;
  close(): Promise<void>;
}

/** @param onReport called with each report of each thread */
export function startThreads(
  data: Omit<ThreadData, 'thread'>,
  onReport: (thread: number, report: ThreadReport) => void,
): Threads {
  const workers = Array.from(
    { length: data.threads },
    (_, thread) => new Worker(new URL('./thread.js', import.meta.url), { workerData: { ...data, thread } }),
  );
  const posted = workers.map(() => new Map<Stage, FromThread>());
  const waiting = new Set<() => void>();
  let failed: (error: Error) => void = () => undefined;
  const failure = new Promise<never>((_resolve, reject) => (failed = reject));
  // `all` rejects with it; without this it would be an unhandled rejection.
  failure.catch(() => undefined);
  for (const [thread, worker] of workers.entries()) {
    worker.on('message', (message: FromThread) => {
      if (message.type === 'report') return onReport(thread, message);
      posted[thread]!.set(message.type, message);
      for (const check of waiting) check();
    });
    worker.on('error', failed);
    worker.on('exit', (code) => {
      if (!posted[thread]!.has('settled')) failed(new Error(`thread ${thread} ended with ${code} before it was done`));
    });
  }
  return {
    send(message) {
      for (const worker of workers) worker.postMessage(message);
    },
    all: <Type extends Stage>(type: Type) =>
      Promise.race([
        failure,
        new Promise<readonly Of<Type>[]>((resolve) => {
          const check = (): void => {
            if (!posted.every((messages) => messages.has(type))) return;
            waiting.delete(check);
            resolve(posted.map((messages) => messages.get(type) as Of<Type>));
          };
          waiting.add(check);
          check();
        }),
      ]),
    close: async () => void (await Promise.all(workers.map((worker) => worker.terminate()))),
  };
}
