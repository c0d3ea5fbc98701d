/** What a server of ours says about itself; a pino logger fits. */
export interface ServerLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface ServerOptions {
  /** Everything the server keeps goes under `<dataDir>/<name>`; made when missing. */
  readonly dataDir: string;
  /** A port that must be used as given. Without it one is chosen at the first start and remembered. */
  readonly port?: number | undefined;
  readonly log: ServerLog;
  /** Ends a start that is under way; a server that already runs is ended by `stop`. */
  readonly signal?: AbortSignal | undefined;
  /** Start it again, on the same port, whenever it dies without `stop`. */
  readonly supervise?: boolean | undefined;
  /** Settings of the server that override ours, in its own names. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
}

export interface ManagedServer extends AsyncDisposable {
  readonly name: ServerName;
  /** `postgres://…`, `redis://…`, or `host:port` for Kafka. Stays the same over restarts. */
  readonly url: string;
  readonly port: number;
  /** Whether it was running already, left behind by a run that was killed. */
  readonly adopted: boolean;
  /** The process as it is now: it changes when a supervised server is started again. */
  readonly pid: number;
  /** Resolves when no process is left. Idempotent, never throws, quick when the server is dead already. */
  stop(): Promise<void>;
}

export type ServerName = 'postgres' | 'redis' | 'kafka';

/** A server that could not be had. The message is for the operator and ends with the remedy. */
export class ServerStartError extends Error {
  override readonly name = 'ServerStartError';
  readonly server: ServerName;

  constructor(server: ServerName, message: string, options?: ErrorOptions) {
    super(message, options);
    this.server = server;
  }
}

/** Another living process runs the servers of this data directory; it would lose them if we took them over. */
export class DataDirInUseError extends Error {
  override readonly name = 'DataDirInUseError';
  readonly ownerPid: number;

  constructor(dir: string, ownerPid: number) {
    super(
      `${dir} is in use by process ${ownerPid}. Stop that process, or give this one a MADANG_DATA_DIR of its own` +
        (ownerPid === process.pid ? ' (this very process: stop the first handle before starting again).' : '.'),
    );
    this.ownerPid = ownerPid;
  }
}
