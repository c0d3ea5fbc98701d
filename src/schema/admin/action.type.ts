import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { ActionKind } from '../../admin/operator-actions.js';
import { DateTimeScalar } from '../scalars/date-time.js';
import { connectionType } from './connection.type.js';

export const AdminActionKind = {
  REBUILD: 'REBUILD',
  VERIFY: 'VERIFY',
  ROLL_BACK: 'ROLL_BACK',
  ABANDON_REBUILD: 'ABANDON_REBUILD',
  DROP_KEPT: 'DROP_KEPT',
  SET_HEAT: 'SET_HEAT',
  CLEAR_HEAT: 'CLEAR_HEAT',
  RETRY_DEAD_LETTERS: 'RETRY_DEAD_LETTERS',
  DROP_DEAD_LETTERS: 'DROP_DEAD_LETTERS',
} as const satisfies { readonly [K in ActionKind]: K };
registerEnumType(AdminActionKind, {
  name: 'AdminActionKind',
  description: 'The actions that leave no event in the log.',
  valuesConfig: {
    REBUILD: { description: 'A read model is built anew from the first event, and takes the place of the live one.' },
    VERIFY: { description: 'A read model is compared with one that is folded afresh from the events.' },
    ROLL_BACK: { description: 'The generation before the last swap becomes the live one again.' },
    ABANDON_REBUILD: { description: 'The unfinished generation of a stopped rebuild is deleted.' },
    DROP_KEPT: { description: 'The generation that is kept for a rollback is deleted.' },
    SET_HEAT: { description: 'A room is hot for a while, or kept from being hot, whatever the counts are.' },
    CLEAR_HEAT: { description: 'The counts decide the heat of a room again.' },
    RETRY_DEAD_LETTERS: { description: 'Records that could not be handled are tried again.' },
    DROP_DEAD_LETTERS: { description: 'Records that could not be handled are given up.' },
  },
});

export const AdminActionState = {
  REQUESTED: 'REQUESTED',
  RUNNING: 'RUNNING',
  SUCCEEDED: 'SUCCEEDED',
  FAILED: 'FAILED',
  INTERRUPTED: 'INTERRUPTED',
} as const;
export type AdminActionStateValue = keyof typeof AdminActionState;
registerEnumType(AdminActionState, {
  name: 'AdminActionState',
  description: 'How far an action is.',
  valuesConfig: {
    REQUESTED: { description: 'It waits for a process with the role `projector`.' },
    RUNNING: { description: 'A process works on it.' },
    SUCCEEDED: { description: 'It is done. A verification has succeeded also where it found differences.' },
    FAILED: { description: '`message` says why, and what to do.' },
    INTERRUPTED: {
      description:
        'Its process stopped, or a server was away. An interrupted rebuild goes on with the next one, ' +
        'or is abandoned.',
    },
  },
});

@ObjectType('AdminCount', { description: 'A number of things that an action touches.', simpleResolvers: true })
export class AdminCount {
  @Field(() => String, { description: 'letters, events, keys, rows, rebuilds, generations …' })
  name!: string;

  @Field(() => Float, { description: 'How many.' })
  value!: number;
}

@ObjectType('AdminActionProgress', { description: 'How far a long action is.', simpleResolvers: true })
export class AdminActionProgress {
  @Field(() => String, { description: 'building, completing, catching up, swapping, comparing.' })
  phase!: string;

  @Field(() => Float, { description: 'Events that are folded.' })
  done!: number;

  @Field(() => Float, { description: 'Events to fold.' })
  total!: number;

  @Field(() => Float, { description: 'Events a second.' })
  perSecond!: number;

  @Field(() => Float, { nullable: true, description: 'An estimate for the phase; null while there is none.' })
  secondsLeft!: number | null;
}

@ObjectType('AdminDifference', { description: 'Where a read model differs from its events.', simpleResolvers: true })
export class AdminDifference {
  @Field(() => String, { description: '`missing` in the read model, `extra` in it, or `altered`.' })
  kind!: string;

  @Field(() => String, { description: 'The table; `keys` in Redis.' })
  where!: string;

  @Field(() => String, { description: 'The key of the row, or the key in Redis.' })
  key!: string;
}

@ObjectType('AdminVerification', {
  description: 'The proof of a verification: a read model and a fold of the events, compared at the same positions.',
  simpleResolvers: true,
})
export class AdminVerification {
  @Field(() => String, { description: 'The read model.' })
  readModel!: string;

  @Field(() => Int, { description: 'Its live version, which was folded.' })
  version!: number;

  @Field(() => Boolean, { description: 'Whether the two are equal.' })
  equal!: boolean;

  @Field(() => Float, { description: 'Rows or keys of the live one that were compared.' })
  rows!: number;

  @Field(() => Float, { description: 'Rows that the live one lacks.' })
  missing!: number;

  @Field(() => Float, { description: 'Rows that it has beyond the fold.' })
  extra!: number;

  @Field(() => Float, { description: 'Rows that differ.' })
  altered!: number;

  @Field(() => Boolean, { description: 'False: there were too many differences, and the numbers are of a part.' })
  countedAll!: boolean;

  @Field(() => [Float], { description: 'The position of both, by partition.' })
  positions!: readonly number[];

  @Field(() => Float, { description: 'How long the comparison took.' })
  seconds!: number;

  @Field(() => [AdminDifference], { description: 'The first differences.' })
  examples!: readonly AdminDifference[];
}

@ObjectType('AdminAction', { description: 'What an operator did, when, and what came of it.' })
export class AdminAction {
  @Field(() => ID, { description: 'The commandId of its mutation: the same one again gives the same action.' })
  commandId!: string;

  @Field(() => AdminActionKind, { description: 'What was done.' })
  kind!: ActionKind;

  @Field(() => String, { description: 'What it is about: a read model, a room, `letter 5`, `3 letters`, `all`.' })
  target!: string;

  @Field(() => String, { description: 'What was asked for beside that, as JSON.' })
  input!: string;

  @Field(() => AdminActionState, { description: 'How far it is.' })
  state!: AdminActionStateValue;

  @Field(() => AdminActionProgress, { nullable: true, description: 'Of a long action, while it is running.' })
  progress!: AdminActionProgress | null;

  @Field(() => String, { nullable: true, description: 'What it did, in one line; null before it has succeeded.' })
  result!: string | null;

  @Field(() => [AdminCount], { description: 'What it did, in numbers; empty before it has succeeded.' })
  counts!: readonly AdminCount[];

  @Field(() => [AdminVerification], { description: 'The proofs of a verification; empty for other actions.' })
  verifications!: readonly AdminVerification[];

  @Field(() => String, { nullable: true, description: 'Why it failed or was interrupted, and what to do.' })
  message!: string | null;

  @Field(() => DateTimeScalar, { description: 'When it was asked for.' })
  requestedAt!: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it ended; null before that.' })
  endedAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'The process that runs it, or ran it.' })
  runner!: string | null;
}

export const AdminActionConnection = connectionType(
  'AdminAction',
  () => AdminAction,
  'A page of actions, newest first.',
);
export type AdminActionConnection = InstanceType<typeof AdminActionConnection>;

@ObjectType('AdminActionPayload', {
  description: 'The answer to the actions that leave no event.',
  simpleResolvers: true,
})
export class AdminActionPayload {
  @Field(() => [AdminCount], {
    description:
      'What the action was about to touch when it was asked for: letters, events that wait behind them or have to be ' +
      'folded, keys, generations.',
  })
  preview!: readonly AdminCount[];

  @Field(() => AdminAction, {
    nullable: true,
    description: 'The action, as far as it is: ask for it with `Query.admin.action`. Null for a dry run.',
  })
  action!: AdminAction | null;
}
