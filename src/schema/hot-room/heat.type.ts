import { Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTimeScalar } from '../scalars/date-time.js';

export const HeatState = { NORMAL: 'NORMAL', HOT: 'HOT' } as const;
export type HeatStateValue = keyof typeof HeatState;
registerEnumType(HeatState, {
  name: 'HeatState',
  description: 'Whether the fetches from a room are throttled.',
  valuesConfig: {
    NORMAL: { description: 'Everyone may fetch as they like.' },
    HOT: { description: 'Fetches of each client are spaced; subscriptions go on without a limit.' },
  },
});

@ObjectType('RoomHeat', {
  description: 'The rate of fetches from a room, by all clients on all servers.',
  simpleResolvers: true,
})
export class RoomHeat {
  @Field(() => HeatState, { description: 'Whether fetches are throttled.' })
  state!: HeatStateValue;

  @Field(() => Float, { description: 'Fetches in the last full second.' })
  fetchesPerSecond!: number;

  @Field(() => Int, { description: 'Milliseconds that one client leaves between its fetches; 0 while NORMAL.' })
  paceMs!: number;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'The earliest time at which the room may be NORMAL again; null while it is.',
  })
  until!: Date | null;
}
