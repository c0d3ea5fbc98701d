import type { ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { ManagedServer, ServerLog, ServerName, ServerOptions } from './managed-server.js';
import { ServerStartError } from './managed-server.js';
import { chooseFreePort, isPortFree } from './ports.js';
import { endProcess, isAlive } from './processes.js';
import { changeState, claimDirectory, loadState, openServerDirectory } from './server-directory.js';
import type { ServerState } from './server-directory.js';
import { findOrphan, launch, LaunchError } from './server-process.js';
import type { ServerKind } from './server-process.js';

type Child = ChildProcess & { pid: number };

const launchAttempts = 3;
const passingTroubleMs = 20_000;

async function portFor(kind: ServerKind, wanted: number | undefined): Promise<number> {
  if (wanted !== undefined) {
    if (await isPortFree(wanted)) return wanted;
    throw new ServerStartError(
      kind.name,
      `port ${wanted}, asked for ${kind.name}, is taken. Give another one, or none for a free one.`,
    );
  }
  const { port } = await loadState(kind.dir);
  return port !== undefined && (await isPortFree(port)) ? port : chooseFreePort();
}

/** Launches on the remembered port or a new one; the port is stored before the launch, so that an orphan is found. */
async function launchOnSomePort(
  kind: ServerKind,
  options: ServerOptions,
  signal: AbortSignal,
): Promise<{ child: Child; port: number }> {
  const deadline = Date.now() + passingTroubleMs;
  for (let attempt = 1; ; attempt += 1) {
    const port = await portFor(kind, options.port);
    await changeState(kind.dir, { port });
    try {
      return { child: await launch(kind, port, signal), port };
    } catch (error) {
      if (!(error instanceof LaunchError)) throw error;
      const again = error.passing ? Date.now() < deadline : error.portTaken && attempt < launchAttempts;
      if (!again) throw error.toStartError(kind);
      await delay(200, undefined, { signal });
    }
  }
}

/** starting ─► serving ─(dies, supervised)─► restarting ─► serving; any ─stop─► stopped. */
class RunningServer implements ManagedServer {
  readonly name: ServerName;
  readonly url: string;
  readonly adopted: boolean;
  pid: number;
  readonly #stopping = new AbortController();
  #stopped: Promise<void> | undefined;
  #restarting: Promise<void> = Promise.resolve();
  #watch: NodeJS.Timeout | undefined;

  constructor(
    private readonly kind: ServerKind,
    readonly port: number,
    running: Child | number,
    private readonly supervise: boolean,
    private readonly log: ServerLog,
    private readonly release: () => Promise<void>,
  ) {
    this.name = kind.name;
    this.url = kind.url(port);
    this.adopted = typeof running === 'number';
    this.pid = typeof running === 'number' ? running : running.pid;
    this.#watchOver(running);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** The exit of our own child is an event; that of an adopted process needs a poll. */
  #watchOver(running: Child | number): void {
    if (typeof running !== 'number') {
      if (running.exitCode !== null || running.signalCode !== null) this.#died();
      else running.once('exit', () => this.#died());
      return;
    }
    this.#watch = setTimeout(() => {
      void isAlive(running).then((alive) => {
        if (this.#stopping.signal.aborted) return;
        if (alive) this.#watchOver(running);
        else this.#died();
      });
    }, 250).unref();
  }

  #died(): void {
    if (this.#stopping.signal.aborted) return;
    this.log.error(
      { server: this.name, serverPid: this.pid, log: this.kind.logFile },
      `${this.name} ended unexpectedly`,
    );
    if (this.supervise) this.#restarting = this.#restart();
  }

  async #restart(): Promise<void> {
    const signal = this.#stopping.signal;
    for (let pause = 100; !signal.aborted; pause = Math.min(pause * 2, 5_000)) {
      try {
        const child = await launch(this.kind, this.port, signal);
        this.pid = child.pid;
        this.log.info({ server: this.name, serverPid: child.pid }, `${this.name} runs again`);
        this.#watchOver(child);
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.log.error({ server: this.name, err: error }, `${this.name} cannot be started again yet`);
        await delay(pause, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async #stop(): Promise<void> {
    this.#stopping.abort(new Error(`${this.name} is being stopped`));
    clearTimeout(this.#watch);
    await this.#restarting;
    try {
      await endProcess(this.pid, this.kind.stopSteps);
      if (!this.kind.writesPidFile) await rm(this.kind.pidFile, { force: true });
      await this.release();
    } catch (error) {
      this.log.error(
        { server: this.name, serverPid: this.pid, err: error },
        `${this.name} could not be stopped in order`,
      );
    }
  }
}

/** Claims `<dataDir>/<name>`, creates the kind of server for it and starts that. A failure releases the directory. */
export async function startServer(
  name: ServerName,
  options: ServerOptions,
  makeKind: (dir: string, state: ServerState) => Promise<ServerKind>,
): Promise<ManagedServer> {
  const dir = await openServerDirectory(options.dataDir, name);
  const release = await claimDirectory(dir);
  try {
    return await adoptOrLaunch(await makeKind(dir, await loadState(dir)), options, release);
  } catch (error) {
    await release();
    throw error;
  }
}

async function adoptOrLaunch(
  kind: ServerKind,
  options: ServerOptions,
  release: () => Promise<void>,
): Promise<ManagedServer> {
  const { log } = options;
  const signal = options.signal ?? new AbortController().signal;
  const begun = Date.now();
  const known = (await loadState(kind.dir)).port;
  let orphan = await findOrphan(kind, known, log);
  if (orphan !== undefined && options.port !== undefined && options.port !== known) {
    await endProcess(orphan, kind.stopSteps);
    orphan = undefined;
  }
  const { running, port } =
    orphan !== undefined && known !== undefined
      ? { running: orphan, port: known }
      : await launchOnSomePort(kind, options, signal).then(({ child, port: chosen }) => ({
          running: child,
          port: chosen,
        }));
  const server = new RunningServer(kind, port, running, options.supervise ?? false, log, release);
  try {
    await kind.whenServing?.(port);
    signal.throwIfAborted();
  } catch (error) {
    await server.stop();
    throw error;
  }
  const fields = { server: kind.name, serverPid: server.pid, port, ms: Date.now() - begun };
  log.info(
    fields,
    server.adopted ? `${kind.name} was left running by an earlier run; taken over` : `${kind.name} runs`,
  );
  return server;
}
