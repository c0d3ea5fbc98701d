import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ServerStartError } from './managed-server.js';
import type { ServerLog } from './managed-server.js';
import { ensureCommand } from './system-packages.js';

const run = promisify(execFile);

/** `ops/kafka` of this checkout: searched upwards, since the folders of the builds have different depths. */
const operations = ((): string => {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const candidate = join(folder, 'ops/kafka');
    if (existsSync(join(candidate, 'pom.xml')) || folder === dirname(folder)) return candidate;
  }
})();
export const kafkaLogConfig = join(operations, 'log4j2.properties');

const otherwise = 'set KAFKA_BROKERS to an existing cluster';
const lowestJava = 17;

interface Tools {
  readonly log: ServerLog;
  readonly signal?: AbortSignal | undefined;
}

/** Also rejects the `java` of a macOS without Java, which exists and only says where to get one. */
async function isRecentJava(file: string): Promise<boolean> {
  try {
    const { stderr } = await run(file, ['-version']);
    return Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0) >= lowestJava;
  } catch {
    return false;
  }
}

export function findJava({ log, signal }: Tools): Promise<string> {
  return ensureCommand({
    server: 'kafka',
    command: 'java',
    packages: {
      apt: ['default-jre-headless'],
      dnf: ['java-latest-openjdk-headless'],
      apk: ['openjdk17-jre-headless'],
      brew: ['openjdk'],
    },
    otherwise: `${otherwise} (Java ${lowestJava} or later is needed)`,
    accept: isRecentJava,
    log,
    signal,
  });
}

/**
 * The folder with the jars of `ops/kafka/pom.xml`, fetched if it is missing. Shared by all checkouts of a user; the
 * name has a hash of the POM, and a folder appears only when complete, so two concurrent fetches are safe.
 */
export async function kafkaJars({ log, signal }: Tools): Promise<string> {
  const pomFile = join(operations, 'pom.xml');
  const pom = await readFile(pomFile, 'utf8');
  const version = /<artifactId>kafka_[\d.]+<\/artifactId>\s*<version>([^<]+)</.exec(pom)?.[1] ?? 'unknown';
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'madang');
  const jars = join(cache, `kafka-${version}-${createHash('sha256').update(pom).digest('hex').slice(0, 8)}`);
  if ((await stat(jars).catch(() => undefined)) !== undefined) return jars;

  const mvn = await ensureCommand({
    server: 'kafka',
    command: 'mvn',
    packages: { apt: ['maven'], dnf: ['maven'], apk: ['maven'], brew: ['maven'] },
    otherwise,
    log,
    signal,
  });
  await mkdir(cache, { recursive: true });
  await removeAbandoned(cache);
  const fresh = await mkdtemp(join(cache, `${leftoverPrefix}${process.pid}-`));
  log.info({ server: 'kafka', version }, `fetching Apache Kafka ${version} from Maven Central`);
  try {
    await run(mvn, ['-q', '-B', '-f', pomFile, 'dependency:copy-dependencies', `-DoutputDirectory=${fresh}`], {
      signal,
      maxBuffer: 64 * 1024 * 1024,
    });
    await rename(fresh, jars);
  } catch (error) {
    // The other fetch was first: its folder is there, complete.
    if ((await stat(jars).catch(() => undefined)) !== undefined) return jars;
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const output = `${stdout}\n${stderr}`
      .split('\n')
      .filter((line) => line.includes('[ERROR]'))
      .slice(0, 2)
      .join(' ');
    throw new ServerStartError(
      'kafka',
      `Apache Kafka ${version} could not be fetched: ${output || String(error)}. ` +
        `Check that Maven reaches its repository, or ${otherwise}.`,
      { cause: error },
    );
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return jars;
}

const leftoverPrefix = 'fetching-';

/** The remains of a killed fetch; an hour is longer than any running one. */
async function removeAbandoned(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!name.startsWith(leftoverPrefix)) continue;
    const folder = join(cache, name);
    const made = (await stat(folder).catch(() => undefined))?.mtimeMs ?? Date.now();
    if (Date.now() - made > 3_600_000) await rm(folder, { recursive: true, force: true });
  }
}
