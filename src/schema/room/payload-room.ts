import { roomId } from '../../events/ids.js';
import type { Room as RoomSource } from '../../projections/room/rooms/query.js';
import type { Submitted } from '../command/submit.js';
import type { ApiContext } from '../context.js';

export type { RoomSource };

/** What the `room` of a mutation's payload is read from, when it is selected. */
export type RoomOfPayload = Submitted;

/** The room as the read models have it after the command. @throws UNAVAILABLE where they do not get there in time */
export async function payloadRoom({ submission }: RoomOfPayload, { loaders }: ApiContext): Promise<RoomSource | null> {
  if (submission.status === 'ACCEPTED' || submission.receipt.rejection) return null;
  await loaders.reading.reached(submission.receipt);
  const [event] = submission.events;
  return event ? loaders.room(roomId(event.key)) : null;
}
