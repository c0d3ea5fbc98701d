/**
 * Branded identifiers: a room's id cannot be handed in where a user's is expected. All are plain strings or numbers at
 * run time.
 */
declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/** UUID. */
export type RoomId = Branded<string, 'RoomId'>;
/**
 * The `sub` of the user's token: a UUID in development, whatever the identity provider uses otherwise. At most 128
 * characters.
 */
export type UserId = Branded<string, 'UserId'>;
/**
 * `<room id>.<seq>`: a message is known by its place in its room, so that its existence can be told from the room
 * alone.
 */
export type MessageId = Branded<string, 'MessageId'>;
/** UUID. */
export type CampaignId = Branded<string, 'CampaignId'>;
/** UUID, made by the client or by the server that accepted the command. */
export type CommandId = Branded<string, 'CommandId'>;
/** `<aggregate>-<id>`, such as `room-<room id>`. */
export type StreamId = Branded<string, 'StreamId'>;
/** 32 hexadecimal digits, as in a W3C traceparent: follows a request from the mutation to the push. */
export type TraceId = Branded<string, 'TraceId'>;

/** 0 … MADANG_PARTITIONS − 1. */
export type Partition = number;
/** The place of an event in its partition: 1, 2, 3 … without gaps. 0 is before the first. */
export type Position = Branded<number, 'Position'>;
/** The place of a command in its partition of a command log: 0, 1, 2 … */
export type Offset = Branded<number, 'Offset'>;

/**
 * Tells the events at the same positions apart where the log went back in time and positions were given out anew. Never
 * the same for two branches of the log; 0 for positions from before there were epochs.
 */
export type Epoch = Branded<number, 'Epoch'>;

/** A place in the whole log. Outside of the log it travels as one opaque string. */
export interface LogPosition {
  readonly partition: Partition;
  readonly position: Position;
}

/** Of positions from before there were epochs. */
export const FIRST_EPOCH = 0 as Epoch;

/**
 * A place in one branch of the log: with the epoch in which the event at the position was stored. In memory a position
 * is of the branch that the process knows, and is dropped in the turn in which it learns of another one; what leaves
 * the process, or outlives a wait, carries its epoch.
 */
export interface EpochPosition extends LogPosition {
  readonly epoch: Epoch;
}

/** Whoever wrote what was erased: the nil UUID, which no token may have for its `sub`. */
export const ERASED_USER = '00000000-0000-0000-0000-000000000000' as UserId;

export const roomId = (value: string): RoomId => value as RoomId;
export const userId = (value: string): UserId => value as UserId;
export const campaignId = (value: string): CampaignId => value as CampaignId;
export const commandId = (value: string): CommandId => value as CommandId;
export const streamId = (value: string): StreamId => value as StreamId;
export const traceId = (value: string): TraceId => value as TraceId;
export const position = (value: number): Position => value as Position;
export const epoch = (value: number): Epoch => value as Epoch;
export const offset = (value: number): Offset => value as Offset;

export const messageId = (room: RoomId, seq: number): MessageId => `${room}.${seq}` as MessageId;

/** The room and place that a message id names, or null where it is not one. */
export function parseMessageId(value: string): { readonly roomId: RoomId; readonly seq: number } | null {
  const match = /^([0-9a-f-]{36})\.([1-9]\d{0,15})$/.exec(value);
  return match ? { roomId: roomId(match[1]!), seq: Number(match[2]) } : null;
}
