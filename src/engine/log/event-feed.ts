import type { Receipt } from '../domain/receipt.js';
import type { RecordedEvent } from '../domain/event.js';
import type { Epoch, Partition, Position } from '../domain/ids.js';

/** The result of a decided batch: events by position, and the receipt of every command in the order of decision. */
export interface DecidedBatch {
  readonly partition: Partition;
  /** The epoch of its decision, or of its repetition. Null for a bare head. */
  readonly epoch: Epoch | null;
  /** The last position of the partition after the batch. */
  readonly head: Position;
  readonly events: readonly RecordedEvent[];
  readonly receipts: readonly Receipt[];
  /** Of unknown origin: it is empty, and only means that the event store may have grown. */
  readonly doubtful?: true;
}

/**
 * A feed batch of a partition. `events` and `receipts` may be empty: then it is a bare head. Batches may come twice,
 * late, out of order or not at all (a broker that is away, a lost message). Positions show a gap, and the event store
 * fills it. `PartitionReader` does that; consumers read from there, not from here.
 */
export type FeedBatch = DecidedBatch;

export interface FollowOptions {
  /** Members of the same group share the partitions, and each gets those that it owns. Without a group: all of them. */
  readonly group?: string;
  /**
   * With a group: this member now owns the partition. Without one: called for every partition at the start. A throw is
   * retried.
   */
  assigned?(partition: Partition): Promise<void>;
  /** The partition went to another member, or the follower stops. Must not throw. */
  revoked?(partition: Partition): Promise<void>;
  /** Called in order of arrival within a partition. Must not block and must not throw: it only enqueues. */
  onBatch(batch: FeedBatch): void;
}

export interface Follower extends AsyncDisposable {
  owned(): readonly Partition[];
  stop(): Promise<void>;
}

/**
 * Carries decided batches from the decider to all followers within milliseconds. The event store is the record. Opened
 * and closed by the composition root. One contract suite covers both engines.
 */
export interface EventFeed extends AsyncDisposable {
  readonly partitions: number;
  /**
   * Resolves when the feed has the batch. Called by a decider after each commit, in order within a partition.
   * @throws {LogError} LOG_UNAVAILABLE: publish the same batch again; followers drop repetitions
   */
  publish(batch: DecidedBatch): Promise<void>;
  follow(options: FollowOptions): Promise<Follower>;
  stop(): Promise<void>;
}
