/** `madang/engine`: event sourcing for Node.js on PostgreSQL, and optionally Kafka. */
export type { Domain, DomainParts } from './domain/define-domain.js';
export { DomainError, defineDomain } from './domain/define-domain.js';
export type { EventDefinition, EventDefinitions } from './domain/event-definition.js';
export type { AnyEvent, FoldedEvent, LogEntry, RecordedEvent } from './domain/event.js';
export type { EventSchema } from './domain/upcast.js';
export type { Aggregate, CommandDefinition, Decision, NewEvent, StreamRef } from './domain/decide.js';
export { accept, append, defineCommand, foreign, refuse, streamOf } from './domain/decide.js';
export type { CommandEnvelope } from './domain/envelope.js';
export type { Receipt, Rejection } from './domain/receipt.js';
export { ENGINE_REJECTIONS } from './domain/receipt.js';
export type {
  CommandId,
  EpochPosition,
  LogPosition,
  Partition,
  Position,
  SpanId,
  StreamId,
  TraceId,
  UserId,
} from './domain/ids.js';
export { ERASED_USER, spanId, traceId, userId } from './domain/ids.js';
export { derivedId, newCommandId } from './domain/command-id.js';
export type { PostgresProjection, SqlExecutor } from './projector/projection.js';
export type { ProcessManager } from './process-manager/process-manager.js';
export type { CommandStage, Submission } from './gateway/command-gateway.js';
export { FollowEndedError } from './fan-out/follow-key.js';
export type { AskedCommand, Engine, EngineOptions, FollowOptions } from './open-engine.js';
export { openEngine } from './open-engine.js';
export { LogError } from './log/command-log.js';
export type { Logger } from './runtime/logging.js';
export { createLogger } from './runtime/logging.js';
export type { Span, SpanAttributes, SpanOptions, SpanPlace, Tracer } from './runtime/tracing.js';
