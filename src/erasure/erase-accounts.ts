import { derivedId } from '../engine/domain/command-id.js';
import type { CommandEnvelope } from '../engine/domain/envelope.js';
import { handleAggregate } from '../commands/user/handle-state.js';
import type { CommandType } from '../commands/registry.js';
import { userStream } from '../commands/user/state.js';
import type { EventOf, RecordedEvent } from '../events/event.js';
import { isEvent, ofDomain } from '../events/event.js';
import type { UserId } from '../engine/domain/ids.js';
import type { RoomId } from '../events/ids.js';
import { commandId, streamId } from '../engine/domain/ids.js';
import type { Erasure } from './erasure.js';
import type { EventStore } from '../engine/store/event-store.js';
import type { ProcessManager } from '../engine/process-manager/process-manager.js';

export const ERASE_ACCOUNTS = 'erase-accounts';

export interface EraseAccountsOptions {
  readonly erasure: Erasure;
  readonly events: Pick<EventStore, 'readStream'>;
  /** How long the handle of a deleted account stays reserved, in milliseconds. */
  readonly reserveHandleMs: number;
}

/**
 * Erases a deleted account in all of its rooms, and its handle.
 *
 * To find the rooms: the account is first registered as erased, and then the event store is queried for all joins of
 * the user. A join that is stored after this query finds the account registered when it passes here. So none is missed,
 * even from a late command.
 *
 * In a room, MemberErased is the user's last event: commands still on their way are refused. Then the earlier events
 * are redacted.
 */
export function eraseAccounts({ erasure, events: store, reserveHandleMs }: EraseAccountsOptions): ProcessManager {
  const deleted = async (recorded: RecordedEvent<EventOf<'AccountDeleted'>>): Promise<readonly CommandEnvelope[]> => {
    const { userId } = recorded.event.data;
    const salt = await erasure.begin(userId);
    const rooms = await erasure.roomsOf(userId);
    const handles = (await store.readStream(userStream(userId).id, 0, 100)).flatMap((stored) =>
      isEvent(stored, 'UserRegistered') ? [stored.event.data.handle] : [],
    );
    const freeAt = new Date(recorded.at.getTime() + reserveHandleMs).toISOString();
    return [
      // Without a handle: it was erased after this command had been sent.
      ...handles
        .filter((handle) => handle !== '')
        .map((handle) => command(recorded, userId, 'ReleaseHandle', handle, salt, { handle, userId, freeAt })),
      ...rooms.map((roomId) => command(recorded, userId, 'EraseMember', roomId, salt, { roomId })),
    ];
  };

  const joined = async (
    joins: readonly RecordedEvent<EventOf<'MemberJoined'>>[],
  ): Promise<readonly CommandEnvelope[]> => {
    if (joins.length === 0) return [];
    const erased = await erasure.among([...new Set(joins.map(({ event }) => event.data.userId))]);
    return joins.flatMap((recorded) => {
      const { roomId, userId } = recorded.event.data;
      const salt = erased.get(userId);
      return salt === undefined ? [] : [command(recorded, userId, 'EraseMember', roomId, salt, { roomId })];
    });
  };

  return {
    name: ERASE_ACCOUNTS,
    handles: ['AccountDeleted', 'MemberJoined', 'MemberErased', 'HandleReleased'],

    async react(events) {
      const commands = [...(await joined(events.filter((event) => isEvent(event, 'MemberJoined'))))];
      for (const event of events) if (isEvent(event, 'AccountDeleted')) commands.push(...(await deleted(event)));
      return commands;
    },

    async answered(events) {
      for (const recorded of events) {
        const { event, partition, position, stream, version } = ofDomain(recorded);
        // The command that needed the handle is durable now.
        if (event.type === 'AccountDeleted') await erasure.eraseUser(stream);
        if (event.type === 'MemberErased')
          await erasure.eraseMessages({ partition, roomId: event.data.roomId, upTo: position }, event.data.userId);
        if (event.type === 'HandleReleased')
          await erasure.eraseHandle(streamId(`${handleAggregate.name}-${event.data.handleId}`), version);
      }
    },
  };
}

/** A command on behalf of the user. One of a kind per key: every process that finds it necessary sends the same one. */
const command = (
  { traceId, span, at }: RecordedEvent,
  userId: UserId,
  type: CommandType,
  key: RoomId | string,
  salt: string,
  data: Readonly<Record<string, unknown>>,
): CommandEnvelope => ({
  commandId: commandId(derivedId('erase', salt, type, key)),
  type,
  schema: 1,
  key,
  userId,
  traceId,
  span,
  at: at.toISOString(),
  data,
});
