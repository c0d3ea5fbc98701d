import type { CommandId } from '../../engine/domain/ids.js';
import { commandId } from '../../engine/domain/ids.js';
import { derivedId } from '../../engine/domain/command-id.js';

/**
 * The id of the command that registers the user of a claimed handle: made from the claim's, so that sending it again
 * changes nothing. The claim's own id is made by a server and told to nobody, so no client can use the derived one
 * first.
 */
export const registerUserCommandId = (claimed: { readonly commandId: CommandId }): CommandId =>
  commandId(derivedId('register-user', claimed.commandId));
