import type { Partition, Position, StreamId, UserId } from '../engine/domain/ids.js';
import type { RoomId } from '../events/ids.js';

/**
 * The part of the record that knows of deleted accounts, and the only one that edits what is stored. Everything may be
 * done twice. Errors of the database come through as they are.
 */
export interface Erasure {
  /**
   * Enters a deleted account, once and for ever. Whatever is stored of the user after this has resolved finds the
   * account among the erased.
   * @returns what the ids of commands about it are derived from: nobody outside can guess them, and take them first
   */
  begin(userId: UserId): Promise<string>;
  /** Those of these users whose account is entered, with what `begin` gave. One statement. */
  among(userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, string>>;
  /** Every room that the user ever joined, by what is stored now. */
  roomsOf(userId: UserId): Promise<readonly RoomId[]>;
  /** Takes the handle and name out of the user's own events. */
  eraseUser(stream: StreamId): Promise<void>;
  /** Takes the handle, its user and the name out of a handle's events up to a version, and out of their keys. */
  eraseHandle(stream: StreamId, upTo: number): Promise<void>;
  /** Takes body and author out of what the user posted in a room, up to a position. Steps of a bounded size. */
  eraseMessages(
    where: { readonly partition: Partition; readonly roomId: RoomId; readonly upTo: Position },
    author: UserId,
  ): Promise<void>;
  /**
   * Takes what commands of deleted accounts left in receipts, in the log of the embedded engine and in dead letters: of
   * the accounts whose turn it is. Their next turn comes soon at first, then less often, and none once nothing can be
   * on its way any more.
   * @returns how many accounts had their turn
   */
  sweep(): Promise<number>;
  /** Accounts that will have another turn. */
  pending(): Promise<number>;
}
