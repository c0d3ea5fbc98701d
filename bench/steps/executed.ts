import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';
import type { MadangProcess } from '../../test/support/madang.js';
import { median } from '../support/statistics.js';

/** Calls of each function of the program, by `file#offset`, with the file's path in the build. */
type Calls = ReadonlyMap<string, number>;

export interface Executed {
  readonly files: number;
  readonly functions: number;
  /** Functions by file of src/. */
  readonly byFile: Readonly<Record<string, number>>;
}

interface FunctionCoverage {
  readonly ranges: readonly { readonly startOffset: number; readonly count: number }[];
}

interface TakenCoverage {
  readonly result: readonly { readonly url: string; readonly functions: readonly FunctionCoverage[] }[];
}

/** One kind of request. */
export interface Way {
  readonly name: string;
  /** Called before each request, and not counted. */
  readonly prepare?: () => Promise<unknown>;
  /** Resolves at the end of the request. */
  readonly request: () => Promise<unknown>;
}

/** Counts the calls of a process that was started with `--inspect`. */
export interface CallCounter extends Disposable {
  /** The code that one request executes, without the code that the process executes by itself. */
  executedBy(way: Way, rounds: number): Promise<Executed>;
}

/** The rest of a request, such as its read models, is done after this time. */
const SETTLE_MS = 400;

export async function openCallCounter({ log }: MadangProcess, checkout: string): Promise<CallCounter> {
  const url = /Debugger listening on (ws:\S+)/.exec(log.map(({ text }) => text).join('\n'))?.[1];
  if (!url) throw new Error('the process was not started with --inspect');
  const socket = new WebSocket(url, { maxPayload: 1 << 30 });
  await new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const waiting = new Map<number, (result: unknown) => void>();
  socket.on('message', (data: Buffer) => {
    const { id, result } = JSON.parse(data.toString()) as { readonly id?: number; readonly result: unknown };
    if (id !== undefined) waiting.get(id)?.(result);
  });
  let last = 0;
  const call = <T>(method: string, params: object = {}): Promise<T> =>
    new Promise<T>((resolve) => {
      const id = ++last;
      waiting.set(id, (result) => resolve(result as T));
      socket.send(JSON.stringify({ id, method, params }));
    });
  await call('Profiler.enable');
  await call('Profiler.startPreciseCoverage', { callCount: true, detailed: false });

  const build = `${checkout}/dist/`;
  /** The calls since the last one: V8 starts at zero each time. */
  const take = async (): Promise<Calls> => {
    const { result } = await call<TakenCoverage>('Profiler.takePreciseCoverage');
    return new Map(
      result
        .filter(({ url: script }) => script.startsWith('file:') && fileURLToPath(script).startsWith(build))
        .flatMap(({ url: script, functions }) =>
          functions.map(({ ranges: [range] }): readonly [string, number] => [
            `${fileURLToPath(script).slice(build.length)}#${range!.startOffset}`,
            range!.count,
          ]),
        ),
    );
  };
  const during = async (work: () => Promise<unknown>, prepare?: () => Promise<unknown>): Promise<Calls> => {
    await delay(SETTLE_MS);
    await prepare?.();
    await take();
    await work();
    return take();
  };

  return {
    async executedBy({ request, prepare }, rounds) {
      const asked: Calls[] = [];
      const idle: Calls[] = [];
      for (let round = 0; round < rounds; round++) {
        let ms = 0;
        const timed = async (): Promise<void> => {
          const begun = performance.now();
          await request();
          ms = performance.now() - begun;
        };
        asked.push(await during(timed, prepare));
        idle.push(await during(() => delay(ms), prepare));
      }
      return executedIn(asked, idle);
    },
    [Symbol.dispose]: () => socket.terminate(),
  };
}

/** A function belongs to the request if each round calls it, and more often than an idle process does. */
function executedIn(asked: readonly Calls[], idle: readonly Calls[]): Executed {
  const callsIn = (rounds: readonly Calls[], name: string): number[] => rounds.map((calls) => calls.get(name) ?? 0);
  const names = [...(asked[0]?.keys() ?? [])].filter((name) => {
    const calls = callsIn(asked, name);
    return Math.min(...calls) > 0 && median(calls) > median(callsIn(idle, name));
  });
  const byFile: Record<string, number> = {};
  for (const name of names.toSorted()) {
    const file = name.slice(0, name.indexOf('#')).replace(/\.js$/, '.ts');
    byFile[file] = (byFile[file] ?? 0) + 1;
  }
  return { files: Object.keys(byFile).length, functions: names.length, byFile };
}
