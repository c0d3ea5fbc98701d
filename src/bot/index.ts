/** The load bot: scenarios, and runs of them against a deployment. */
export type { SignIn } from './identities.js';
export type { Percentile, Summary, Timed } from './latencies.js';
export { RunError } from './prepare.js';
export type { Progress, RunOptions, RunResult } from './run.js';
export { MAX_THREADS, runScenario } from './run.js';
export { BOUNDS } from './scenario.js';
export type { Scenario } from './scenario.js';
export { ScenarioError, parseScenario, readScenario } from './scenario-file.js';
export { TargetError, targetOf } from './target.js';
export type { Broken, Verdict } from './verdict.js';
