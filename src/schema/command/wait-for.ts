import { Arg } from 'type-graphql';
import type { CommandStage as CommandStageValue } from '../../engine/gateway/command-gateway.js';
import { CommandStage } from './command.type.js';

/** The `waitFor` argument of every command mutation, with its default. */
export const WaitFor = (stage: CommandStageValue = CommandStage.DECIDED) =>
  Arg('waitFor', () => CommandStage, {
    nullable: true,
    defaultValue: stage,
    description:
      'The stage to wait for, up to a time limit: a command that takes longer is answered as ACCEPTED, and goes on.',
  });
