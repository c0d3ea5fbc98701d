import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startProgram } from '../http/programs.js';
import type { Build, Deployment, Engine } from '../support/deployment.js';
import { ENGINES, nameOf, openDeployment } from '../support/deployment.js';
import type { Stack } from '../support/stack.js';

/** A server of the mutations that are measured, and its Node.js process. */
export interface WriteProgram {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  readonly usesKafka: boolean;
  /** Null for a server that is not Madang. */
  readonly deployment: Deployment | null;
}

export interface WritePrograms extends AsyncDisposable {
  readonly programs: readonly WriteProgram[];
}

/** A built checkout to compare with, such as one of the commit before. */
const BEFORE = process.env.BENCH_BEFORE;
/** Another Node.js to compare with: the path of its program. */
const NODE = process.env.BENCH_NODE;
/** One engine alone, for a quick comparison. */
const ENGINE = process.env.BENCH_ENGINE;

const SIMPLE = fileURLToPath(new URL('./simple-process.js', import.meta.url));
const INSERT = 'simple Apollo Server, one INSERT';
const INSERT_AND_SEND = 'simple Apollo Server, INSERT and kafkajs send';

const isWanted = (engine: Engine): boolean => ENGINE === undefined || ENGINE === engine;

const versionOf = async (node: string): Promise<string> =>
  (await promisify(execFile)(node, ['--version'])).stdout.trim().slice(1);

/**
 * All programs, each Madang with a deployment of its own: one process with all roles of the write path. The second
 * simple server is missing without Kafka.
 */
export async function startWritePrograms(stack: Stack, roles: string): Promise<WritePrograms> {
  if (BEFORE !== undefined && !existsSync(join(BEFORE, 'dist/main.js')))
    throw new Error(`BENCH_BEFORE=${BEFORE} is no built checkout: run npm run build there`);
  const builds: readonly { readonly label: string; readonly build: Build }[] = [
    ...(BEFORE === undefined ? [] : [{ label: 'before', build: { checkout: BEFORE } }]),
    { label: 'Madang', build: {} },
    ...(NODE === undefined ? [] : [{ label: `Madang by Node.js ${await versionOf(NODE)}`, build: { node: NODE } }]),
  ];
  const open: AsyncDisposable[] = [];
  const simple = async (name: string, broker: readonly string[]): Promise<WriteProgram> => {
    const program = await startProgram(name, SIMPLE, [stack.databaseUrl, ...broker]);
    open.push({ [Symbol.asyncDispose]: () => program.stop() });
    const { url, pid } = program;
    return { name, url, pid, usesKafka: broker.length > 0, deployment: null };
  };
  const madang = async (engine: Engine, { label, build }: (typeof builds)[number]): Promise<WriteProgram> => {
    const deployment = await openDeployment(stack, engine);
    open.push(deployment);
    const { url, pid } = await deployment.start(roles, { HOT_ROOM_ENTER: '1000000' }, build);
    return { name: `${label} on ${nameOf(engine)}`, url, pid, usesKafka: engine === 'kafka', deployment };
  };

  const programs = [await simple(INSERT, [])];
  if (isWanted('kafka')) programs.push(await simple(INSERT_AND_SEND, [await stack.kafkaBroker()]));
  for (const engine of ENGINES.filter(isWanted)) for (const build of builds) programs.push(await madang(engine, build));
  return {
    programs,
    [Symbol.asyncDispose]: async () => void (await Promise.all(open.map((each) => each[Symbol.asyncDispose]()))),
  };
}
