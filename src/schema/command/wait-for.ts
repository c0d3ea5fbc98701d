import { Arg } from 'type-graphql';
import { CommandStage } from './command.type.js';

/** The argument that every command mutation takes. */
export const WaitFor = () =>
  Arg('waitFor', () => CommandStage, {
    nullable: true,
    defaultValue: CommandStage.DECIDED,
    description: 'What to wait for, within bounds: a command that takes longer is answered as ACCEPTED, and goes on.',
  });
