import { Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import type { ApiContext } from '../context.js';
import { Occupancy } from './occupancy.type.js';
import type { OccupancySource } from './occupancy.type.js';

@Resolver(() => Occupancy)
export class OccupancyResolver {
  @FieldResolver(() => Int, { description: 'How many members the room has now.' })
  async members(@Root() { roomId }: OccupancySource, @Ctx() { loaders }: ApiContext): Promise<number> {
    return (await loaders.room(roomId))?.memberCount ?? 0;
  }
}
