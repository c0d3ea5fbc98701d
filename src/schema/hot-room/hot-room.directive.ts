import type { GraphQLField, GraphQLFieldResolver, GraphQLSchema } from 'graphql';
import {
  DirectiveLocation,
  GraphQLDirective,
  GraphQLList,
  GraphQLNonNull,
  GraphQLString,
  defaultFieldResolver,
  getDirectiveValues,
  isObjectType,
} from 'graphql';
import { Directive } from 'type-graphql';
import type { ApiContext } from '../context.js';
import { throttled } from './throttled.js';

/** The arguments of `@hotRoom` on a field of `Room`. */
export interface HotRoomArguments {
  /** Arguments that lead away from the newest page. */
  readonly away: readonly string[];
}

export const hotRoomDirective = new GraphQLDirective({
  name: 'hotRoom',
  description:
    'A fetch from a room that is throttled while the room is hot: ' +
    'the newest page comes from a read that all members share, other pages are ' +
    ('handed out at a limited rate, and every other fetch is refused with ROOM_HOT. ' +
      'Every answer says in `extensions.heat` how to go on.'),
  locations: [DirectiveLocation.FIELD_DEFINITION],
  args: {
    away: {
      type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(GraphQLString))),
      defaultValue: [],
      description: 'Arguments that lead away from the newest page.',
    },
  },
});

/** Marks a field of `Room` with `@hotRoom`. Its resolver must refuse strangers, and give all members the same. */
export const HotRoom = ({ away }: HotRoomArguments): MethodDecorator & PropertyDecorator =>
  Directive(`@hotRoom(away: ${JSON.stringify(away)})`);

/** The arguments of a field's `@hotRoom`; null for a field without the directive. */
export function hotRoomOf({ astNode }: GraphQLField<unknown, unknown>): HotRoomArguments | null {
  const values = astNode ? getDirectiveValues(hotRoomDirective, astNode) : undefined;
  return values ? (values as unknown as HotRoomArguments) : null;
}

/** Puts the throttle in front of every field that the schema marks with `@hotRoom`. */
export function throttleHotRooms(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const marked = hotRoomOf(field);
      const resolve: GraphQLFieldResolver<unknown, ApiContext> = field.resolve ?? defaultFieldResolver;
      if (marked) field.resolve = throttled(resolve, marked);
    }
  }
  return schema;
}
