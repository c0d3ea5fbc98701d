/** The log of an embedded server; a pino logger fits. */
export interface ServerLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface ServerOptions {
  /** The server keeps its files under `<dataDir>/<name>`, which is created if missing. */
  readonly dataDir: string;
  /** A port that must be used as given. Default: chosen at the first start and remembered. */
  readonly port?: number | undefined;
  readonly log: ServerLog;
  /** Ends a running start; a running server is ended by `stop`. */
  readonly signal?: AbortSignal | undefined;
  /** Restarts it on the same port whenever it dies without `stop`. */
  readonly supervise?: boolean | undefined;
  /** Settings of the server that override ours, by its own names. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
}

export interface ManagedServer extends AsyncDisposable {
  readonly name: ServerName;
  /** `postgres://…`, `redis://…`, or `host:port` for Kafka. Constant over restarts. */
  readonly url: string;
  readonly port: number;
  /** Whether it was running already, left behind by a killed run. */
  readonly adopted: boolean;
  /** The current process; changes when a supervised server is restarted. */
  readonly pid: number;
  /** Resolves when no process is left. Idempotent, never throws, quick for a dead server. */
  stop(): Promise<void>;
}

export type ServerName = 'postgres' | 'redis' | 'kafka';

/** A server could not be started. The message is for the operator and ends with the remedy. */
export class ServerStartError extends Error {
  override readonly name = 'ServerStartError';
  readonly server: string;

  constructor(server: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.server = server;
  }
}

/** Another living process runs the servers of this data directory; taking them over would take them from it. */
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
