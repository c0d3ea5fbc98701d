import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import type { RunOptions, SignIn, Verdict } from '../bot/index.js';
import { BOUNDS, MAX_THREADS, RunError, ScenarioError, TargetError } from '../bot/index.js';
import { readScenario, runScenario, targetOf } from '../bot/index.js';
import { reportOf } from './bot-report.js';
import { openView } from './bot-view.js';
import { CliError, MISTYPED } from './connect.js';
import { print, printJson } from './output.js';

/** Exit statuses of this command alone. */
const MISSED = 3;
const BROKEN = 4;
const STATUS: Readonly<Record<Verdict, number>> = { kept: 0, missed: MISSED, broken: BROKEN };

const SCENARIOS = fileURLToPath(new URL('../../ops/scenarios', import.meta.url));

interface BotOptions {
  readonly url: string;
  readonly iOwnThisDeployment?: boolean;
  readonly tokens?: string;
  readonly campaign?: string;
  readonly adminToken?: string;
  readonly users?: string;
  readonly duration?: string;
  readonly seed?: string;
  readonly threads?: string;
  readonly prefix: string;
  readonly quick?: boolean;
  readonly json?: string | true;
}

export function botCommand(program: Command): void {
  program
    .command('bot')
    .description('the load bot: plays a scenario, and checks that nothing is lost, doubled or out of order')
    .argument('<scenario>', 'community, campaign, storm, or the path of a JSON file')
    .option('--url <url>', 'the deployment', `http://127.0.0.1:${process.env.PORT || 4000}`)
    .option('--i-own-this-deployment', 'needed for every address but this machine: the load is that of many real users')
    .option('--tokens <file>', 'a token for each user, one per line')
    .option('--campaign <id>', 'the campaign of a drop')
    .option('--admin-token <file>', 'the token of an admin, who creates the campaign of a drop')
    .option('--users <n>', 'in place of the scenario’s; rates that depend on it change with it')
    .option('--duration <seconds>', 'in place of the scenario’s; its events keep their places')
    .option('--seed <n>', 'another schedule of the same kind')
    .option('--threads <n>', 'how many threads share the users; otherwise as many as the load needs')
    .option('--prefix <text>', 'the beginning of the users’ handles', 'bot')
    .option('--quick', 'a few users for a few seconds, to see that it works')
    .option('--json [file]', 'write the result as JSON to this file; without a file print it instead of the tables')
    .action(async (scenario: string, options: BotOptions) => {
      process.exitCode = await run(scenario, options).catch((error: unknown) => {
        if (error instanceof ScenarioError || error instanceof TargetError) throw new CliError(error.message, MISTYPED);
        throw error instanceof RunError ? new CliError(error.message) : error;
      });
    });
}

async function run(name: string, options: BotOptions): Promise<number> {
  const { quick, campaign: campaignId, prefix, json } = options;
  const scenario = await readScenario(name, SCENARIOS, {
    quick,
    users: wholeNumber('--users', options.users, BOUNDS.users),
    seconds: wholeNumber('--duration', options.duration, BOUNDS.seconds),
    seed: wholeNumber('--seed', options.seed, 2 ** 31 - 1),
  });
  const url = targetOf(options.url, options.iOwnThisDeployment === true);
  if (!/^[a-z0-9][a-z0-9_.-]{0,19}$/.test(prefix))
    throw new CliError(`--prefix ${prefix}: 1 to 20 lower-case letters, digits, "_", "." or "-"`, MISTYPED);
  const signIn = await signInOf(options, scenario.users);
  const adminToken = options.adminToken === undefined ? undefined : (await linesOf(options.adminToken))[0];
  if (scenario.drop && campaignId === undefined && adminToken === undefined && signIn.by !== 'secret')
    throw new CliError(
      'the scenario has a drop: give its campaign with --campaign ID (bin/madang campaign create ' +
        `--title Drop --stock ${scenario.drop.stock} makes one), or an admin's token with --admin-token FILE ` +
        '(bin/madang token boss --role admin > FILE)',
      MISTYPED,
    );
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  // The second one ends the process as usual.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  const view = openView(`${scenario.about}   ${url}`);
  const running: RunOptions = {
    url,
    scenario,
    signIn,
    prefix,
    campaignId,
    adminToken,
    threads: wholeNumber('--threads', options.threads, MAX_THREADS),
    signal: stopping.signal,
    onProgress: (progress) => view.show(progress),
  };
  const result = await runScenario(running).finally(() => view.end());
  if (json === true) printJson(result);
  else print(reportOf(result));
  if (typeof json === 'string') await writeFile(json, `${JSON.stringify(result, null, 2)}\n`);
  return STATUS[result.verdict];
}

/** Tokens of a file; or signed with the secret of the deployment, from the environment; or by handle. */
async function signInOf({ tokens: file }: BotOptions, users: number): Promise<SignIn> {
  if (file !== undefined) {
    const tokens = await linesOf(file);
    if (tokens.length < users)
      throw new CliError(`${file} has ${tokens.length} tokens for ${users} users: add some, or use --users`, MISTYPED);
    return { by: 'tokens', tokens };
  }
  const { AUTH_JWT_SECRET: secret, AUTH_JWT_ISSUER: issuer, AUTH_JWT_AUDIENCE: audience } = process.env;
  return secret ? { by: 'secret', secret, issuer, audience } : { by: 'handle' };
}

async function linesOf(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CliError(`${file} cannot be read (${error.code ?? error.message})`, MISTYPED);
  });
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  if (lines.length === 0) throw new CliError(`${file} has no token`, MISTYPED);
  return lines;
}

function wholeNumber(option: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > most)
    throw new CliError(`${option} ${text}: a whole number from 1 to ${most}`, MISTYPED);
  return number;
}
