/**
 * `madang/engine/testing`: given, when, then for deciders; and for whoever writes an adapter the contract suites of the
 * log, which want the globals of Jest or of a runner like it.
 */
export { commandLogContract } from './contracts/command-log.js';
export { commandTailContract } from './contracts/command-tail.js';
export { CONTRACT_EVENTS, eventFeedContract } from './contracts/event-feed.js';
export type { LogEngine, LogSite, MemberMessage } from './contracts/log-site.js';
export { longBatchContract } from './contracts/long-batch.js';
export type { Decided, Stamp } from './given.js';
export { COMMAND_ID, NOW, decideWith, deepFreeze, foldStream, given } from './given.js';
export { until } from './until.js';
