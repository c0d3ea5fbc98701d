import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { StringDecoder } from 'node:string_decoder';
import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './conditions.js';
import { commandLine, isAlive, sendSignal } from '../../src/embedded/processes.js';

/** The option of `npm start`. */
const HEAP = ['--max-semi-space-size=32'];

/** One process of the built program, as `npm start` runs it. */
export interface MadangProcess extends AsyncDisposable {
  /** Its address, such as http://127.0.0.1:41234. */
  readonly url: string;
  readonly pid: number;
  readonly exited: Promise<number | null>;
  /** Its log so far. */
  readonly log: readonly LogLine[];
  /** SIGTERM, and waits for the end. */
  stop(): Promise<number | null>;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
}

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly traceId?: string;
  /** The text as it was written. */
  readonly text: string;
}

export interface MadangOptions {
  readonly env: Readonly<Record<string, string>>;
  /** Another Node.js than that of the tests. */
  readonly node?: string;
  /** The working folder: not the checkout, whose .env is for people. */
  readonly cwd?: string;
  /** Another program that logs its readiness as Madang does, with its arguments. */
  readonly program?: readonly string[];
  /** How long a start may take, in milliseconds. */
  readonly startMs?: number;
  /** The checkout whose build is run; this one where it is missing. */
  readonly checkout?: string;
}

/** Starts a process and waits until it serves. Where it does not, the error contains its output. */
export async function startMadang({
  env,
  node = process.execPath,
  cwd = tmpdir(),
  startMs = 60_000,
  checkout = process.cwd(),
  program = [join(checkout, 'dist/main.js')],
}: MadangOptions): Promise<MadangProcess> {
  const { NODE_OPTIONS: _, NODE_ENV: __, ...inherited } = process.env;
  const child = spawn(node, ['--enable-source-maps', ...HEAP, ...program], {
    cwd,
    // Tests and benchmarks send as fast as they can: tests of the rate limit set it again.
    env: {
      ...inherited,
      PORT: '0',
      SEND_LIMIT_PER_SECOND: '0',
      MADANG_RATE_LIMITS: 'off',
      MADANG_COST_PER_SECOND: '0',
      LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'info',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written = [new LogText(), new LogText()] as const;
  child.stdout.on('data', (chunk: Buffer) => written[0].add(chunk));
  child.stderr.on('data', (chunk: Buffer) => written[1].add(chunk));
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const url = await served(child, exited, startMs).catch(async (error: unknown) => {
    child.kill('SIGKILL');
    await exited;
    throw error;
  });

  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return exited;
  };
  return {
    url,
    pid: child.pid!,
    exited,
    get log() {
      return written.flatMap((text) => text.lines());
    },
    stop: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
    [Symbol.asyncDispose]: async () => void (await end('SIGTERM')),
  };
}

/** The lines of a process's output. A line that is not JSON has nothing but its text. Each line is read once. */
class LogText {
  readonly #lines: LogLine[] = [];
  readonly #decoder = new StringDecoder();
  #rest = '';

  add(chunk: Buffer): void {
    this.#rest += this.#decoder.write(chunk);
  }

  lines(): readonly LogLine[] {
    const texts = this.#rest.split('\n');
    this.#rest = texts.pop()!;
    for (const text of texts) if (text) this.#lines.push(readLine(text));
    return this.#rest ? [...this.#lines, readLine(this.#rest)] : this.#lines;
  }
}

const readLine = (text: string): LogLine => ({
  level: '',
  msg: text,
  ...(text.startsWith('{') && text.endsWith('}') ? (JSON.parse(text) as object) : {}),
  text,
});

function served(child: ChildProcess, exited: Promise<number | null>, startMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => reject(new Error(`did not serve within ${startMs} ms:\n${output}`)), startMs);
    const hear = (chunk: Buffer): void => {
      const text = chunk.toString();
      if (process.env.TEST_LOG_LEVEL) process.stderr.write(text);
      if (output.length < 100_000) output += text;
      const ready = /"url":"(http:[^"]+)".*"msg":"ready"/.exec(output);
      if (!ready) return;
      clearTimeout(timer);
      resolve(ready[1]!);
    };
    child.stdout!.on('data', hear);
    child.stderr!.on('data', hear);
    void exited.then((code) => {
      clearTimeout(timer);
      reject(new Error(`ended with ${code} before it served:\n${output}`));
    });
  });
}

/** A data directory of its own; servers that were started in it are killed when it is disposed of. */
export interface DataDir extends AsyncDisposable {
  readonly path: string;
  /** SIGKILL to every server that a process of ours left running here. */
  killServers(): Promise<void>;
  /** SIGKILL to the server whose command line matches, and waits for its end: until then it may still serve. */
  killServer(command: RegExp): Promise<void>;
}

export async function createDataDir(): Promise<DataDir> {
  const path = await mkdtemp(join(tmpdir(), 'madang-e2e-'));
  const killServers = async (): Promise<void> => {
    // Waits for the end: the next start must not meet a server that is still ending.
    for (let pids = await serverPids(path); pids.length > 0; pids = await serverPids(path))
      for (const pid of pids) sendSignal(pid, 'SIGKILL');
  };
  return {
    path,
    killServers,
    async killServer(command) {
      const lines = await Promise.all(
        (await serverPids(path)).map(async (pid) => ({ pid, line: (await commandLine(pid)) ?? '' })),
      );
      const found = lines.filter(({ line }) => command.test(line));
      if (found.length !== 1)
        throw new Error(
          `${found.length} processes look like ${command} among: ` +
            lines.map(({ line }) => line.slice(0, 200)).join(' | '),
        );
      const { pid } = found[0]!;
      sendSignal(pid, 'SIGKILL');
      await until(async () => !(await isAlive(pid)), 'the killed server is gone');
    },
    async [Symbol.asyncDispose]() {
      await killServers();
      await rm(path, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

/** Processes that have the directory in their command line, or as working folder: these are our servers. */
async function serverPids(path: string): Promise<readonly number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const [command, directory] = await Promise.all([commandLine(pid), readlink(`/proc/${pid}/cwd`).catch(() => '')]);
    if ((command?.includes(path) || directory.startsWith(path)) && (await isAlive(pid))) found.push(pid);
  }
  return found;
}
