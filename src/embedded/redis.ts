import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { ManagedServer, ServerOptions } from './managed-server.js';
import { startServer } from './start-server.js';
import { ensureCommand } from './system-packages.js';

/**
 * All data can be recreated, so nothing is written to disk. When memory is full a write fails, and the writer retries
 * later: eviction would remove rows of a read model unnoticed, and readers would trust the rest.
 */
const settings: Readonly<Record<string, string>> = {
  bind: '127.0.0.1',
  'protected-mode': 'yes',
  daemonize: 'no',
  save: '""',
  appendonly: 'no',
  maxmemory: '512mb',
  'maxmemory-policy': 'noeviction',
};

/** The embedded Redis: `redis-server` from the PATH, or else from the operating system's package manager. */
export function startRedis(options: ServerOptions): Promise<ManagedServer> {
  return startServer('redis', options, async (dir, { password }) => {
    const config = join(dir, 'redis.conf');
    const { log, signal } = options;
    const file = await ensureCommand({
      server: 'redis',
      command: 'redis-server',
      packages: { apt: ['redis-server'], dnf: ['redis'], apk: ['redis'], brew: ['redis'] },
      otherwise: 'set REDIS_URL to an existing Redis',
      log,
      signal,
    });
    return {
      name: 'redis',
      dir,
      logFile: join(dir, 'redis.log'),
      pidFile: join(dir, 'redis.pid'),
      writesPidFile: false,
      startTimeoutMs: 15_000,
      stopSteps: [
        { signal: 'SIGTERM', graceMs: 5_000 },
        { signal: 'SIGKILL', graceMs: 5_000 },
      ],
      remedy: 'see the log, or set REDIS_URL to an existing Redis',
      // With the user's name: redis-cli does not sign in without one.
      url: (port) => `redis://default:${password}@127.0.0.1:${port}/0`,
      command: async (port) => {
        // In a file: every user of the machine can read arguments.
        const lines = {
          ...settings,
          dir: JSON.stringify(dir),
          port: String(port),
          requirepass: password,
          ...options.settings,
        };
        await writeFile(
          config,
          Object.entries(lines)
            .map(([key, value]) => `${key} ${value}\n`)
            .join(''),
          { mode: 0o600 },
        );
        return { file, args: [config] };
      },
      // Redis replaces its command line by its name and address.
      owns: (commandLine, port) =>
        commandLine.includes(config) || (commandLine.includes('redis-server') && commandLine.includes(`:${port}`)),
      probe: (port) => servesDirectory(port, password, dir),
    };
  });
}

async function servesDirectory(port: number, password: string, dir: string): Promise<boolean> {
  const redis = new Redis({
    host: '127.0.0.1',
    port,
    password,
    lazyConnect: true,
    connectTimeout: 2_000,
    commandTimeout: 2_000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    const answer = await redis.config('GET', 'dir');
    return answer[1] === dir;
  } finally {
    redis.disconnect();
  }
}
