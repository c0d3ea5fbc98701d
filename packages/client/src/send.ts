import { newCommandId } from './command-id.js';
import type { CommandInput, CommandName, CommandPayload } from './commands.js';
import { mutationOf } from './commands.js';
import type { CommandStage } from './generated/schema.js';
import { MadangError } from './madang-error.js';
import type { RetryOptions } from './retry.js';
import { retried } from './retry.js';
import type { Transport } from './transport.js';

export interface SendOptions extends RetryOptions {
  /** How far the command is when the promise resolves: `DECIDED` where it is left out. */
  readonly waitFor?: CommandStage;
}

/**
 * Sends a command until it has its outcome, under one commandId, so that it takes effect once. Pass the `commandId` of
 * an earlier call in the input to go on with that command. A rejection is in the receipt; what throws is a MadangError.
 */
export type Send = <Name extends CommandName>(
  name: Name,
  input: CommandInput<Name>,
  options?: SendOptions,
) => Promise<CommandPayload<Name>>;

export function createSend(transport: Transport): Send {
  return async <Name extends CommandName>(name: Name, input: CommandInput<Name>, options: SendOptions = {}) => {
    const { waitFor = 'DECIDED', ...retry } = options;
    const variables = { input: { ...input, commandId: input.commandId ?? newCommandId() }, waitFor };
    const query = mutationOf(name);
    return retried(async () => {
      const data = await transport.request<Record<Name, CommandPayload<Name>>>(query, variables);
      const payload = data[name];
      if (payload.receipt.status === 'ACCEPTED' && waitFor !== 'ACCEPTED')
        throw new MadangError('UNAVAILABLE', 'The command is safe, and has no outcome yet.');
      return payload;
    }, retry);
  };
}
