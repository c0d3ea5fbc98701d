import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { ReadModelActionKind } from '../../admin/operator-actions.js';
import { previewReadModelAction } from '../../admin/read-model-work.js';
import type { ApiContext } from '../context.js';
import { badUserInput } from '../errors.js';
import { COMMAND_COMPLEXITY } from '../pagination/complexity.js';
import { requireAdmin } from '../viewer.js';
import { AdminReadModelInput } from './action.input.js';
import { AdminActionPayload } from './action.type.js';
import { payloadOf, requestAction } from './perform.js';

const INPUT = { description: 'The read model.' };
const THEN = ' A process with the role `projector` does it; ask for the action until it has ended.';
const mutation = (description: string) => ({ complexity: COMMAND_COMPLEXITY, description: `${description}${THEN}` });

/** Actions that may take long: they are recorded here, and done by projectors. */
@Resolver()
export class AdminReadModelMutations {
  @Mutation(
    () => AdminActionPayload,
    mutation(
      'Builds a read model anew from the first event beside the live one, and swaps. ' +
        'Continues where an interrupted rebuild stopped. For the role `admin` alone.',
    ),
  )
  adminRebuildReadModel(
    @Arg('input', () => AdminReadModelInput, INPUT) input: AdminReadModelInput,
    @Ctx() context: ApiContext,
  ): Promise<AdminActionPayload> {
    return ask(context, 'REBUILD', input);
  }

  @Mutation(
    () => AdminActionPayload,
    mutation(
      'Compares a read model with one that is folded afresh from the events; the proof is kept with the action. ' +
        'For the role `admin` alone.',
    ),
  )
  adminVerifyReadModel(
    @Arg('input', () => AdminReadModelInput, INPUT) input: AdminReadModelInput,
    @Ctx() context: ApiContext,
  ): Promise<AdminActionPayload> {
    return ask(context, 'VERIFY', input);
  }

  @Mutation(
    () => AdminActionPayload,
    mutation(
      'Makes the generation before the last swap the live one again; a second time undoes the first. ' +
        'For the role `admin` alone.',
    ),
  )
  adminRollBackReadModel(
    @Arg('input', () => AdminReadModelInput, INPUT) input: AdminReadModelInput,
    @Ctx() context: ApiContext,
  ): Promise<AdminActionPayload> {
    return ask(context, 'ROLL_BACK', input);
  }

  @Mutation(
    () => AdminActionPayload,
    mutation('Deletes the unfinished generation of an interrupted rebuild. For the role `admin` alone.'),
  )
  adminAbandonRebuild(
    @Arg('input', () => AdminReadModelInput, INPUT) input: AdminReadModelInput,
    @Ctx() context: ApiContext,
  ): Promise<AdminActionPayload> {
    return ask(context, 'ABANDON_REBUILD', input);
  }

  @Mutation(
    () => AdminActionPayload,
    mutation('Deletes the generation that is kept for a rollback. For the role `admin` alone.'),
  )
  adminDropKeptReadModel(
    @Arg('input', () => AdminReadModelInput, INPUT) input: AdminReadModelInput,
    @Ctx() context: ApiContext,
  ): Promise<AdminActionPayload> {
    return ask(context, 'DROP_KEPT', input);
  }
}

async function ask(
  context: ApiContext,
  kind: ReadModelActionKind,
  { commandId, name, dryRun }: AdminReadModelInput,
): Promise<AdminActionPayload> {
  requireAdmin(context);
  const { readModels } = context.services.console;
  const choice = readModels.choices.find(({ projection }) => projection.name === name);
  if (!choice) {
    const names = readModels.choices.map(({ projection }) => projection.name).join(', ');
    throw badUserInput('name', `there is no such read model: there are ${names}.`);
  }
  const preview = await previewReadModelAction(readModels, kind, choice);
  if (dryRun === true) return payloadOf(preview, null);
  return payloadOf(preview, await requestAction(context, { commandId, kind, target: name, input: {} }));
}
