/**
 * `madang/engine/testing`: given, when, then for deciders; a tracer that keeps its spans; the contract suites of the
 * log for authors of adapters, which need the globals of Jest or of a compatible runner.
 */
export { commandLogContract } from './contracts/command-log.js';
export { consumerGroupContract } from './contracts/consumer-group.js';
export { commandTailContract } from './contracts/command-tail.js';
export { CONTRACT_EVENTS, eventFeedContract } from './contracts/event-feed.js';
export type { LogEngine, LogSite, MemberMessage } from './contracts/log-site.js';
export { longBatchContract } from './contracts/long-batch.js';
export type { Decided, Stamp } from './given.js';
export { COMMAND_ID, NOW, decideWith, deepFreeze, foldStream, given } from './given.js';
export type { RecordedSpan } from './recorded-spans.js';
export { recordSpans } from './recorded-spans.js';
export { until } from './until.js';
