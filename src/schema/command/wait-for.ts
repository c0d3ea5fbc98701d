import { Arg } from 'type-graphql';
import type { CommandStage as CommandStageValue } from '../../engine/gateway/command-gateway.js';
import { CommandStage } from './command.type.js';

/** The argument that every command mutation takes, with what it is where the client leaves it out. */
export const WaitFor = (stage: CommandStageValue = CommandStage.DECIDED) =>
  Arg('waitFor', () => CommandStage, {
    nullable: true,
    defaultValue: stage,
    description: 'What to wait for, within bounds: a command that takes longer is answered as ACCEPTED, and goes on.',
  });
