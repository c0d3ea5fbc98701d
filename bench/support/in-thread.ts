import { Worker } from 'node:worker_threads';

/** Work in a thread of its own, so that the load does not delay the measurement. */
export interface Threaded<Result> extends AsyncDisposable {
  /** Resolves when it is ready to begin. */
  readonly ready: Promise<void>;
  /** Resolves with its result once it is done. */
  readonly result: Promise<Result>;
  send(message: unknown): void;
}

/** @param file a module that posts `{ ready: true }` and later `{ result }`; its errors reject both promises */
export function inThread<Result>(file: URL, workerData: unknown): Threaded<Result> {
  const worker = new Worker(file, { workerData });
  let isReady!: () => void;
  let isDone!: (result: Result) => void;
  let failed!: (error: Error) => void;
  const failure = new Promise<never>((_resolve, reject) => (failed = reject));
  const ready = Promise.race([new Promise<void>((resolve) => (isReady = resolve)), failure]);
  const result = Promise.race([new Promise<Result>((resolve) => (isDone = resolve)), failure]);
  // The waiting caller gets it; without this it would be an unhandled rejection.
  ready.catch(() => undefined);
  result.catch(() => undefined);
  worker.on('message', (message: { readonly ready?: true; readonly result?: Result }) => {
    if (message.ready) isReady();
    if (message.result !== undefined) isDone(message.result);
  });
  worker.on('error', (error) => failed(error));
  worker.on('exit', (code) => failed(new Error(`a thread ended with ${code} before it was done`)));
  return {
    ready,
    result,
    send: (message) => worker.postMessage(message),
    [Symbol.asyncDispose]: async () => void (await worker.terminate()),
  };
}
