import { Field, ID, InterfaceType, ObjectType, registerEnumType } from 'type-graphql';
import type { Rejection as RejectionValue } from '../../engine/domain/receipt.js';
import { PositionScalar } from '../scalars/position.js';

export const CommandStage = { ACCEPTED: 'ACCEPTED', DECIDED: 'DECIDED', PROJECTED: 'PROJECTED' } as const;
registerEnumType(CommandStage, {
  name: 'CommandStage',
  description: 'The stage that a mutation waits for before it answers.',
  valuesConfig: {
    ACCEPTED: {
      description: 'Only until the command is safe in the command log: whatever happens now, it will be decided.',
    },
    DECIDED: { description: 'Until the command has its outcome: events, or a rejection.' },
    PROJECTED: {
      description: 'Until queries show the effect of the command: every read model that they read from has caught up.',
    },
  },
});

export const CommandStatus = { ACCEPTED: 'ACCEPTED', SUCCEEDED: 'SUCCEEDED', REJECTED: 'REJECTED' } as const;
export type CommandStatusValue = keyof typeof CommandStatus;
registerEnumType(CommandStatus, {
  name: 'CommandStatus',
  description: 'The status of a command at the time of the question.',
  valuesConfig: {
    ACCEPTED: { description: 'In the command log, without an outcome yet.' },
    SUCCEEDED: { description: 'Decided: it took effect, or there was nothing left to do.' },
    REJECTED: { description: 'Decided: refused for the reason given, with no effect.' },
  },
});

@ObjectType('Rejection', { description: 'The reason why the domain refused a command.', simpleResolvers: true })
export class Rejection {
  @Field(() => String, { description: 'Stable, for programs: one of the rejections in the list of error codes.' })
  code!: string;

  @Field(() => String, { description: 'For people.' })
  message!: string;
}

@ObjectType('CommandReceipt', {
  description: 'The outcome of a command. Once decided it never changes, unless the rejection is NOT_YET.',
  simpleResolvers: true,
})
export class CommandReceipt {
  @Field(() => ID, { description: "The client's, or the one that the server made: ask for the outcome with it." })
  commandId!: string;

  @Field(() => CommandStatus, { description: 'Whether the command is decided, and how.' })
  status!: CommandStatusValue;

  @Field(() => PositionScalar, {
    nullable: true,
    description:
      'Where the last event of the command stands: an `atLeast` for reading it, ' +
      'an `after` for following what comes next. Null while ' +
      'undecided and when rejected.',
  })
  position!: string | null;

  @Field(() => Rejection, { nullable: true, description: 'Only where `status` is REJECTED.' })
  rejection!: RejectionValue | null;
}

@InterfaceType('CommandPayload', { description: 'The part that the answers to all commands have in common.' })
export abstract class CommandPayload {
  @Field(() => CommandReceipt, { description: 'The outcome of the command, as far as it is known.' })
  receipt!: CommandReceipt;
}
