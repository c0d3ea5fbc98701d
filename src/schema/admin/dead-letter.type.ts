import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTimeScalar } from '../scalars/date-time.js';
import { connectionType } from './connection.type.js';

export const DeadLetterState = { WAITING: 'WAITING', APPLIED: 'APPLIED', DROPPED: 'DROPPED' } as const;
registerEnumType(DeadLetterState, {
  name: 'AdminDeadLetterState',
  description: 'What became of a record that could not be handled.',
  valuesConfig: {
    WAITING: { description: 'It waits for an operator.' },
    APPLIED: { description: 'It was handled after all.' },
    DROPPED: { description: 'An operator gave it up.' },
  },
});

@ObjectType('AdminDeadLetter', { description: 'A record that could not be handled.' })
export class AdminDeadLetter {
  @Field(() => ID, { description: 'Its number.' })
  id!: string;

  @Field(() => DeadLetterState, { description: 'What became of it.' })
  state!: keyof typeof DeadLetterState;

  @Field(() => String, { description: 'The queue or the read model: `projection:NAME`.' })
  source!: string;

  @Field(() => String, { nullable: true, description: 'The read model that could not apply the event.' })
  readModel!: string | null;

  @Field(() => Int, { description: 'The partition that it came from.' })
  partition!: number;

  @Field(() => Float, { description: 'Its place there.' })
  place!: number;

  @Field(() => String, { nullable: true, description: 'The id of the room, user or campaign; null if unknown.' })
  key!: string | null;

  @Field(() => String, { description: 'Why it could not be handled.' })
  reason!: string;

  @Field(() => String, { description: 'The record, up to its first 4,000 characters.' })
  payload!: string;

  @Field(() => Int, { description: 'How many characters the whole record has.' })
  payloadLength!: number;

  @Field(() => DateTimeScalar, { description: 'When it was stored here.' })
  at!: Date;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Set while an operator has asked for an action that no projector has confirmed yet.',
  })
  requestedAt!: Date | null;

  @Field(() => Int, { description: 'How many retries have failed.' })
  tries!: number;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the last one failed.' })
  triedAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was applied or dropped.' })
  closedAt!: Date | null;
}

export const AdminDeadLetterConnection = connectionType(
  'AdminDeadLetter',
  () => AdminDeadLetter,
  'A page of dead letters, oldest first.',
);
export type AdminDeadLetterConnection = InstanceType<typeof AdminDeadLetterConnection>;
