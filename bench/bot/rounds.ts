import { readFile } from 'node:fs/promises';
import type { RunResult, Scenario } from '../../src/bot/index.js';
import { parseScenario, runScenario, targetOf } from '../../src/bot/index.js';
import type { Percentile, Timed } from '../../src/bot/index.js';
import { startChatRoles } from '../gifticon/rush.js';
import type { Engine } from '../support/deployment.js';
import { openDeployment } from '../support/deployment.js';
import type { Stack } from '../support/stack.js';
import type { Spread } from '../support/statistics.js';
import { showSpread, spread } from '../support/statistics.js';

/** One of the shipped scenarios, as `bin/madang bot` plays it; `quick` makes it short. */
export async function shipped(name: string, quick: boolean): Promise<Scenario> {
  const path = `ops/scenarios/${name}.json`;
  return parseScenario(await readFile(path, 'utf8'), path, { quick });
}

/** Plays a scenario against a deployment of its own, on servers of the stack. */
export async function play(
  stack: Stack,
  engine: Engine,
  scenario: Scenario,
  report: (progress: string) => void,
): Promise<RunResult> {
  await using deployment = await openDeployment(stack, engine);
  const url = targetOf(await startChatRoles(deployment), false);
  let stage = '';
  const result = await runScenario({
    url,
    scenario,
    signIn: { by: 'handle' },
    prefix: 'bench',
    signal: new AbortController().signal,
    onProgress(progress) {
      if (progress.stage !== stage) report(`  ${progress.stage}`);
      ({ stage } = progress);
    },
  });
  const { bot, counts } = result;
  if (bot.isLate) report(`  the bot itself was late: p99 ${bot.loopDelayP99.toFixed(0)} ms in its worst second`);
  if (counts.failures > 0) report(`  failures: ${JSON.stringify(counts.failed)}`);
  return result;
}

/** A figure of each round: its spread. */
export const over = (rounds: readonly RunResult[], figure: (round: RunResult) => number): Spread =>
  spread(rounds.map(figure));

const timeOf =
  (what: Timed, percentile: Percentile) =>
  ({ latencies }: RunResult): number =>
    latencies[what]?.[percentile] ?? Number.NaN;

/** p50, p99 and the longest of a time, as cells. */
export const timeCells = (rounds: readonly RunResult[], what: Timed): readonly string[] =>
  (['p50', 'p99', 'max'] as const).map((percentile) => showSpread(over(rounds, timeOf(what, percentile)), 1));

const BROKEN = ['lost', 'doubled', 'reordered', 'contradictions'] as const;

/** Deliveries and faults of all rounds together: the promises are not a median. */
export function promisesNote(rounds: readonly RunResult[]): string {
  const total = (figure: (round: RunResult) => number): number => rounds.reduce((sum, each) => sum + figure(each), 0);
  const found = BROKEN.map((name) => `${name} ${total(({ broken }) => broken[name])}`).join(', ');
  const deliveries = total(({ counts }) => counts.delivered).toLocaleString('en');
  const failures = total(({ counts }) => counts.failures);
  return `${deliveries} deliveries in ${rounds.length} rounds: ${found}; failures ${failures}.`;
}

/** How late the bot was, which shares the machine with all of it. */
export function botNote(rounds: readonly RunResult[]): string {
  const late = showSpread(over(rounds, timeOf('late', 'p99')), 1);
  const loop = showSpread(
    over(rounds, ({ bot }) => bot.loopDelayP99),
    1,
  );
  return (
    `The bot shares the machine: operations begun late by ${late} ms (p99), ` +
    `its event loop in its worst second by ${loop} ms (p99).`
  );
}
