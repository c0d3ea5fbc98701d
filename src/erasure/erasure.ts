import type { Partition, Position, StreamId, UserId } from '../engine/domain/ids.js';
import type { RoomId } from '../events/ids.js';

/**
 * The part of the record about deleted accounts, and the only one that edits stored events. All operations are
 * idempotent. Errors of the database come through unchanged.
 */
export interface Erasure {
  /**
   * Registers a deleted account, once and for ever. Any event of the user that is stored after this has resolved finds
   * the account registered.
   * @returns the salt from which the ids of commands about it are derived: no client can guess them, and use them first
   */
  begin(userId: UserId): Promise<string>;
  /** The registered accounts among these users, with the salt of `begin`. One statement. */
  among(userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, string>>;
  /** Every room that the user ever joined, by the stored events. */
  roomsOf(userId: UserId): Promise<readonly RoomId[]>;
  /** Removes the handle and name from the user's own events. */
  eraseUser(stream: StreamId): Promise<void>;
  /** Removes the handle, its user and the name from a handle's events up to a version, and from their keys. */
  eraseHandle(stream: StreamId, upTo: number): Promise<void>;
  /** Removes body and author from the user's messages in a room, up to a position. In bounded steps. */
  eraseMessages(
    where: { readonly partition: Partition; readonly roomId: RoomId; readonly upTo: Position },
    author: UserId,
  ): Promise<void>;
  /**
   * Removes the data of commands of deleted accounts from receipts, from the log of the embedded engine and from dead
   * letters, for the accounts that are due. An account is due again soon at first, then less often, and never once no
   * command can be on its way.
   * @returns the number of swept accounts
   */
  sweep(): Promise<number>;
  /** The number of accounts that will be due again. */
  pending(): Promise<number>;
}
