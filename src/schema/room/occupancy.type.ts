import { Field, Int, ObjectType } from 'type-graphql';
import type { RoomId } from '../../events/ids.js';

/** The source of the fields of an `Occupancy`. */
export interface OccupancySource {
  readonly roomId: RoomId;
  readonly connected: number;
}

@ObjectType('Occupancy', { description: 'How many are in a room right now. Sampled.', simpleResolvers: true })
export class Occupancy {
  @Field(() => Int, {
    description:
      'Users with a subscription to the room, over all servers. ' +
      'One with several connections counts once on each server.',
  })
  connected!: number;
}
