import type { CommandId } from '../../engine/domain/ids.js';
import { commandId } from '../../engine/domain/ids.js';
import { derivedId } from '../../engine/domain/command-id.js';

/**
 * The id of the command that registers the user of a claimed handle: derived from the claim's id, so that sending it
 * again has no effect. A server makes the claim's id and gives it to nobody, so no client can use the derived one
 * first.
 */
export const registerUserCommandId = (claimed: { readonly commandId: CommandId }): CommandId =>
  commandId(derivedId('register-user', claimed.commandId));
