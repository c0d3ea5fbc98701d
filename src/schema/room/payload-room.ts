import { roomId } from '../../events/ids.js';
import type { Room as RoomSource } from '../../projections/room/rooms/query.js';
import type { Submitted } from '../command/submit.js';
import type { ApiContext } from '../context.js';

export type { RoomSource };

/** The source of a payload's `room`, which is read only when it is selected. */
export type RoomOfPayload = Submitted;

/** The room as the read models have it after the command. @throws UNAVAILABLE where they do not catch up in time */
export async function payloadRoom({ submission }: RoomOfPayload, { loaders }: ApiContext): Promise<RoomSource | null> {
  if (submission.status === 'ACCEPTED' || submission.receipt.rejection) return null;
  await loaders.reading.reached(submission.receipt);
  const [event] = submission.events;
  return event ? loaders.room(roomId(event.key)) : null;
}
