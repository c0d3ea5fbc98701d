import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { HeatState } from '../hot-room/heat.type.js';
import type { HeatStateValue } from '../hot-room/heat.type.js';
import { DateTimeScalar } from '../scalars/date-time.js';
import { PositionScalar } from '../scalars/position.js';
import { connectionType } from './connection.type.js';

export const HeatDecider = { COUNTS: 'COUNTS', OVERRIDE: 'OVERRIDE' } as const;
registerEnumType(HeatDecider, {
  name: 'AdminHeatDecider',
  description: 'Why a room is hot, or is not.',
  valuesConfig: {
    COUNTS: { description: 'The fetches from it.' },
    OVERRIDE: { description: 'An operator has set it for a while.' },
  },
});

@ObjectType('AdminRoomHeat', { description: 'The heat of a room, and who decides it.', simpleResolvers: true })
export class AdminRoomHeat {
  @Field(() => HeatState, { description: 'Whether fetches are throttled.' })
  state!: HeatStateValue;

  @Field(() => Float, { description: 'Fetches in the last full second, over all servers.' })
  fetchesPerSecond!: number;

  @Field(() => Int, { description: 'Milliseconds that one client leaves between its fetches; 0 while NORMAL.' })
  paceMs!: number;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'The latest time of the next decision, or the end of the override; null while neither is known.',
  })
  until!: Date | null;

  @Field(() => HeatDecider, { description: 'Whether counts or an operator decide it.' })
  by!: keyof typeof HeatDecider;
}

@ObjectType('AdminRoom', { description: 'A room as an operator sees it.' })
export class AdminRoom {
  @Field(() => ID, { description: 'A UUID.' })
  id!: string;

  @Field(() => String, { description: 'One line, as its creator wrote it.' })
  title!: string;

  @Field(() => DateTimeScalar, { description: 'When it was opened.' })
  createdAt!: Date;

  @Field(() => Int, { description: 'How many members it has now.' })
  memberCount!: number;

  @Field(() => Int, { description: 'How many messages were ever written in it.' })
  lastSeq!: number;
}

export const AdminRoomConnection = connectionType('AdminRoom', () => AdminRoom, 'A page of rooms, newest first.');
export type AdminRoomConnection = InstanceType<typeof AdminRoomConnection>;

@ObjectType('AdminHottestRooms', { description: 'The rooms with the most fetches.', simpleResolvers: true })
export class AdminHottestRooms {
  @Field(() => Boolean, {
    description:
      'Whether a process with the role `heat` decides which rooms are hot. ' +
      'Until one does, each server uses its own counts.',
  })
  isDecided!: boolean;

  @Field(() => [AdminRoom], { description: 'Hot rooms first, then by their fetches.' })
  rooms!: AdminRoom[];
}

@ObjectType('AdminLogEntry', { description: 'One event of the log.', simpleResolvers: true })
export class AdminLogEntry {
  @Field(() => PositionScalar, { description: 'Its place in the log.' })
  position!: string;

  @Field(() => DateTimeScalar, { description: 'When the log took its command.' })
  at!: Date;

  @Field(() => String, { description: 'Its type, such as `MessagePosted`.' })
  type!: string;

  @Field(() => String, { description: 'Its data as JSON. Personal data of deleted accounts is erased.' })
  data!: string;

  @Field(() => Boolean, { description: 'False: it is newer than this server, and shown as it is stored.' })
  isReadable!: boolean;

  @Field(() => String, { description: 'The stream of the aggregate that it belongs to.' })
  stream!: string;

  @Field(() => Int, { description: 'Its number in the stream: 1, 2, 3 …' })
  version!: number;

  @Field(() => ID, { description: 'The command that it comes from.' })
  commandId!: string;

  @Field(() => String, { description: 'Follows the request through the log lines of all processes.' })
  traceId!: string;
}

@ObjectType('AdminRoomLog', { description: "A part of a room's log.", simpleResolvers: true })
export class AdminRoomLog {
  @Field(() => [AdminLogEntry], { description: 'Newest first; with `after` oldest first.' })
  entries!: AdminLogEntry[];

  @Field(() => Boolean, { description: 'Whether the log goes on in the direction of the page.' })
  hasMore!: boolean;
}
