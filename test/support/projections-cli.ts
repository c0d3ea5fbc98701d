import type { Ran, Running } from './cli.js';
import { runCli, startCli } from './cli.js';

/** Starts `bin/madang projections …` of the built program. */
export const startProjections = (env: Readonly<Record<string, string>>, ...args: readonly string[]): Running =>
  startCli(env, 'projections', ...args);

export const projections = (env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ran> =>
  runCli(env, 'projections', ...args);
