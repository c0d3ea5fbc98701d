import { Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTimeScalar } from '../scalars/date-time.js';
import { connectionType } from './connection.type.js';

export const ReadModelStore = { POSTGRES: 'POSTGRES', REDIS: 'REDIS' } as const;
registerEnumType(ReadModelStore, {
  name: 'AdminReadModelStore',
  description: 'The store of a read model.',
  valuesConfig: {
    POSTGRES: { description: 'Tables in PostgreSQL.' },
    REDIS: { description: 'Keys in Redis, which fill again by themselves.' },
  },
});

export const ReadModelState = { LIVE: 'LIVE', FILLING: 'FILLING', AWAY: 'AWAY' } as const;
registerEnumType(ReadModelState, {
  name: 'AdminReadModelState',
  description: 'Whether queries read from a read model.',
  valuesConfig: {
    LIVE: { description: 'In every partition.' },
    FILLING: { description: 'A partition is still folded for the first time, or again.' },
    AWAY: { description: 'Its store does not answer: nothing is known.' },
  },
});

@ObjectType('AdminReadModelPartition', { description: 'A read model in one partition.', simpleResolvers: true })
export class AdminReadModelPartition {
  @Field(() => Int, { description: 'Its number: 0, 1, 2 …' })
  partition!: number;

  @Field(() => Float, { nullable: true, description: 'Events that it holds; null while its store is away.' })
  position!: number | null;

  @Field(() => Float, { description: 'Events of the partition in the log.' })
  head!: number;

  @Field(() => Float, { nullable: true, description: 'Events that it lacks; null while its store is away.' })
  lag!: number | null;
}

@ObjectType('AdminRebuild', { description: 'A generation that is built beside the live one.', simpleResolvers: true })
export class AdminRebuild {
  @Field(() => Int, { description: 'The version that it builds.' })
  version!: number;

  @Field(() => String, {
    description: 'beginning, building, completing, catching up, swapping, comparing; or waiting for others.',
  })
  phase!: string;

  @Field(() => Boolean, {
    description: 'False: its process is gone. The next rebuild continues it; abandoning deletes it.',
  })
  running!: boolean;

  @Field(() => Float, { description: 'Events that are folded.' })
  done!: number;

  @Field(() => Float, { description: 'Events of the log.' })
  total!: number;

  @Field(() => Float, { description: 'Events a second; 0 outside of the building.' })
  perSecond!: number;

  @Field(() => Float, { nullable: true, description: 'An estimate for the building; null while there is none.' })
  secondsLeft!: number | null;

  @Field(() => String, { description: 'The process that works on it, or did last.' })
  by!: string;

  @Field(() => DateTimeScalar, { description: 'When it was begun.' })
  startedAt!: Date;
}

@ObjectType('AdminReadModel', { description: 'A read model over all partitions.', simpleResolvers: true })
export class AdminReadModel {
  @Field(() => String, { description: 'Its name, for actions.' })
  name!: string;

  @Field(() => ReadModelStore, { description: 'The store that it lives in.' })
  store!: keyof typeof ReadModelStore;

  @Field(() => ReadModelState, { description: 'Whether queries read from it.' })
  state!: keyof typeof ReadModelState;

  @Field(() => Int, { description: 'The version that is live.' })
  version!: number;

  @Field(() => Int, {
    description: "The answering program's own version: a higher one than the live is built in the background.",
  })
  programVersion!: number;

  @Field(() => Float, { nullable: true, description: 'Events that it lacks; null while its store is away.' })
  lag!: number | null;

  @Field(() => Float, { description: 'Events of the log: a rebuild reads as many.' })
  head!: number;

  @Field(() => Int, {
    nullable: true,
    description: 'Rooms, users and campaigns whose events it holds back; null while its store is away.',
  })
  parkedCount!: number | null;

  @Field(() => [AdminReadModelPartition], { description: 'The same by partition.' })
  partitions!: AdminReadModelPartition[];

  @Field(() => AdminRebuild, { nullable: true, description: 'A rebuild that runs, or was left unfinished.' })
  rebuild!: AdminRebuild | null;

  @Field(() => Int, {
    nullable: true,
    description: 'The version of the generation that is kept for a rollback; null without one.',
  })
  keptVersion!: number | null;
}

@ObjectType('AdminParkedKey', {
  description: 'A room, user or campaign whose events a read model holds back, from one that it cannot apply on.',
  simpleResolvers: true,
})
export class AdminParkedKey {
  @Field(() => String, { description: 'The read model.' })
  readModel!: string;

  @Field(() => Int, { description: 'The partition of the key.' })
  partition!: number;

  @Field(() => String, { description: 'The id of the room, user or campaign.' })
  key!: string;

  @Field(() => Float, { description: 'The number of its first event that is not applied, in its partition.' })
  position!: number;

  @Field(() => String, {
    nullable: true,
    description: 'The dead letter of that event, to retry or drop; null while the event waits for a newer program.',
  })
  deadLetterId!: string | null;

  @Field(() => String, { description: 'Why the event cannot be applied.' })
  reason!: string;

  @Field(() => DateTimeScalar, { description: 'Since when.' })
  since!: Date;
}

export const AdminParkedKeyConnection = connectionType(
  'AdminParkedKey',
  () => AdminParkedKey,
  'A page of parked keys, by read model and partition.',
);
export type AdminParkedKeyConnection = InstanceType<typeof AdminParkedKeyConnection>;
