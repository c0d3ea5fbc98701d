import type { Receipt } from '../domain/receipt.js';
import type { RecordedEvent } from '../domain/event.js';
import type { Epoch, Partition, Position } from '../domain/ids.js';

/** What one decided batch gave: events by position, and the receipt of every command in the order of decision. */
export interface DecidedBatch {
  readonly partition: Partition;
  /** In which it was decided, or told again. Null for a bare hint. */
  readonly epoch: Epoch | null;
  /** The partition's last position after the batch. */
  readonly head: Position;
  readonly events: readonly RecordedEvent[];
  readonly receipts: readonly Receipt[];
  /** Anybody may have written it: it is empty, and says nothing but that the record may have grown. */
  readonly doubtful?: true;
}

/**
 * News of a partition. `events` and `receipts` may be empty: then it is a bare hint that the partition has grown to
 * `head`. News may come twice, late, out of order or not at all (a broker that is away, a message lost): positions
 * tell, and a look into the event store fills what is missing. `OrderedFeed` does that; read from there, not from here.
 */
export type FeedBatch = DecidedBatch;

export interface FollowOptions {
  /**
   * Members of the same group share the partitions: each hears of the partitions it owns. Without a group, of all of
   * them.
   */
  readonly group?: string;
  /**
   * With a group: this member now owns the partition. Without one: called for every partition at the start. A throw is
   * retried.
   */
  assigned?(partition: Partition): Promise<void>;
  /** The partition went to another member, or the follower stops. Must not throw. */
  revoked?(partition: Partition): Promise<void>;
  /** Called in order of arrival for a partition. Must not block and must not throw: it hands the news over. */
  onBatch(batch: FeedBatch): void;
}

export interface Follower extends AsyncDisposable {
  owned(): readonly Partition[];
  stop(): Promise<void>;
}

/**
 * Carries decided batches from the decider to everyone who follows. The record is the event store; this is how
 * followers hear of it in milliseconds. Opened by the composition root, closed by it. One contract suite holds both
 * engines to this.
 */
export interface EventFeed extends AsyncDisposable {
  readonly partitions: number;
  /**
   * Resolves when the batch is safe with the feed. Called by a decider after each commit, in order within a partition.
   * @throws {LogError} LOG_UNAVAILABLE: publish the same batch again; followers drop what they have seen.
   */
  publish(batch: DecidedBatch): Promise<void>;
  follow(options: FollowOptions): Promise<Follower>;
  stop(): Promise<void>;
}
