import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { LetterChoice } from '../../admin/dead-letter-batch.js';
import {
  MAX_LETTERS,
  chooseLetters,
  dropLetters,
  previewLetters,
  retryLetters,
} from '../../admin/dead-letter-batch.js';
import { clientCommandId } from '../command/submit.js';
import type { ApiContext } from '../context.js';
import { badUserInput } from '../errors.js';
import { COMMAND_COMPLEXITY } from '../pagination/complexity.js';
import { requireAdmin } from '../viewer.js';
import { AdminDeadLettersInput } from './action.input.js';
import { AdminActionPayload } from './action.type.js';
import { parseLetterId } from './dead-letter.resolver.js';
import { payloadOf, performNow } from './perform.js';

/** Letters that the target of an action names; all of them are in its input. */
const NAMED = 10;
const INPUT = { description: 'The letters.' };

@Resolver()
export class AdminDeadLetterMutations {
  @Mutation(() => AdminActionPayload, {
    complexity: COMMAND_COMPLEXITY,
    description:
      'Tries dead letters again. Events of read models are retried by the projectors that own the partitions, ' +
      'a moment later; a command is sent again under its own commandId, if it has no outcome. ' +
      'For the role `admin` alone.',
  })
  adminRetryDeadLetters(
    @Arg('input', () => AdminDeadLettersInput, INPUT) input: AdminDeadLettersInput,
    @Ctx() context: ApiContext,
  ): Promise<AdminActionPayload> {
    return act(context, 'RETRY_DEAD_LETTERS', input);
  }

  @Mutation(() => AdminActionPayload, {
    complexity: COMMAND_COMPLEXITY,
    description:
      'Gives dead letters up. An event of a read model is skipped where it cannot be applied, ' +
      'and the events that wait behind it are applied. For the role `admin` alone.',
  })
  adminDropDeadLetters(
    @Arg('input', () => AdminDeadLettersInput, INPUT) input: AdminDeadLettersInput,
    @Ctx() context: ApiContext,
  ): Promise<AdminActionPayload> {
    return act(context, 'DROP_DEAD_LETTERS', input);
  }
}

async function act(
  context: ApiContext,
  kind: 'RETRY_DEAD_LETTERS' | 'DROP_DEAD_LETTERS',
  { commandId, ids, source, expected = null, dryRun }: AdminDeadLettersInput,
): Promise<AdminActionPayload> {
  requireAdmin(context);
  const { deadLetters, actions } = context.services.console;
  const choice = choiceOf(ids, source);
  // A repetition finds fewer letters than the first run, and is answered by its action.
  const repeated = commandId ? await actions.find(clientCommandId(commandId)) : null;
  const letters = await chooseLetters(deadLetters.admin, choice);
  const preview = await previewLetters(deadLetters.admin, letters);
  if (dryRun === true) return payloadOf(preview, null);
  if (!repeated && expected !== null && expected !== letters.length)
    throw badUserInput('expected', `${letters.length} letters are concerned now: look at them again.`);
  const target = targetOf(choice);
  const action = await performNow(context, { commandId, kind, target, input: { ...choice, expected } }, async () => ({
    value: null,
    outcome: await (kind === 'RETRY_DEAD_LETTERS' ? retryLetters : dropLetters)(deadLetters, letters),
  }));
  return payloadOf(preview, action);
}

/** @throws BAD_USER_INPUT */
function choiceOf(ids: readonly string[] | null | undefined, source: string | null | undefined): LetterChoice {
  if (source && !ids) return { source };
  if (!ids || source) throw badUserInput('ids', 'name letters, or a source; not both.');
  if (ids.length === 0 || ids.length > MAX_LETTERS) throw badUserInput('ids', `name 1 to ${MAX_LETTERS} letters.`);
  return {
    ids: ids.map((id) => {
      const number = parseLetterId(id);
      if (number === null) throw badUserInput('ids', `${id.slice(0, 40)} is not the number of a letter.`);
      return number;
    }),
  };
}

/** Such as `projection:timeline`, `letter 5`, `letters 5 6 7`. */
function targetOf(choice: LetterChoice): string {
  if ('source' in choice) return choice.source;
  const [first, ...others] = choice.ids;
  if (others.length === 0) return `letter ${first}`;
  const named = choice.ids.slice(0, NAMED);
  return `letters ${named.join(' ')}${choice.ids.length > NAMED ? ` and ${choice.ids.length - NAMED} more` : ''}`;
}
