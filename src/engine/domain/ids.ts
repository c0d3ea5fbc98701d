/**
 * Branded identifiers: the id of a stream cannot be passed for that of a command. All are plain strings or numbers at
 * run time.
 */
declare const brand: unique symbol;
export type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/**
 * The `sub` of the user's token: a UUID in development, in production any id of the identity provider. At most 128
 * characters.
 */
export type UserId = Branded<string, 'UserId'>;
/** UUID, made by the client or by the server that accepted the command. */
export type CommandId = Branded<string, 'CommandId'>;
/** `<aggregate>-<id>`, such as `lot-<lot id>`. */
export type StreamId = Branded<string, 'StreamId'>;
/** 32 hexadecimal digits, as in a W3C traceparent: follows a request from the mutation to the push. */
export type TraceId = Branded<string, 'TraceId'>;
/** 16 hexadecimal digits, as in a W3C traceparent: a span of a sampled trace. */
export type SpanId = Branded<string, 'SpanId'>;

/** 0 … MADANG_PARTITIONS − 1. */
export type Partition = number;
/** The place of an event in its partition: 1, 2, 3 … without gaps. 0 is before the first. */
export type Position = Branded<number, 'Position'>;
/** The place of a command in its partition of a command log: 0, 1, 2 … */
export type Offset = Branded<number, 'Offset'>;

/**
 * Distinguishes events at the same position after the log went back in time and positions were assigned again. Unique
 * to a branch of the log; 0 for positions from before there were epochs.
 */
export type Epoch = Branded<number, 'Epoch'>;

/** A place in the whole log. Outside of the server it is one opaque string. */
export interface LogPosition {
  readonly partition: Partition;
  readonly position: Position;
}

/** The epoch of positions from before there were epochs. */
export const FIRST_EPOCH = 0 as Epoch;

/**
 * A place in one branch of the log: with the epoch in which the event at the position was stored. A position in memory
 * belongs to the branch that the process knows, and is dropped in the turn in which it learns of another one. A
 * position that leaves the process, or outlives a wait, carries its epoch.
 */
export interface EpochPosition extends LogPosition {
  readonly epoch: Epoch;
}

/** Replaces the id of an erased author: the nil UUID, which no token may have as its `sub`. */
export const ERASED_USER = '00000000-0000-0000-0000-000000000000' as UserId;

export const userId = (value: string): UserId => value as UserId;
export const commandId = (value: string): CommandId => value as CommandId;
export const streamId = (value: string): StreamId => value as StreamId;
export const traceId = (value: string): TraceId => value as TraceId;
export const spanId = (value: string): SpanId => value as SpanId;
export const position = (value: number): Position => value as Position;
export const epoch = (value: number): Epoch => value as Epoch;
export const offset = (value: number): Offset => value as Offset;
