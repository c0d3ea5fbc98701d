import type { ApolloClient, TypedDocumentNode } from '@apollo/client';
import { useApolloClient } from '@apollo/client/react';
import { madangError } from '@madang/client';
import { useMemo } from 'react';
import { delay } from '../../../shared/session/delay.js';
import type { ActionPartsFragment, AskedPartsFragment } from '../generated/operations.js';
import { ActionDocument } from '../generated/operations.js';
import { useFailureText, useResultText } from './result-text.js';
import { say } from '../ui/toasts.js';

/** A mutation of an action: asked for with `dryRun` it only says what it would touch. */
export type ActionMutation<Input extends object> = TypedDocumentNode<
  { readonly asked: AskedPartsFragment },
  { input: Input & { readonly commandId: string | null } }
>;
export type Counts = AskedPartsFragment['preview'];

export interface Actions {
  /** @throws MadangError */
  ask<Input extends object>(mutation: ActionMutation<Input>, input: Input): Promise<Counts>;
  /** Resolves when the action is recorded; what came of it is said later, wherever the user is by then. */
  perform<Input extends object>(mutation: ActionMutation<Input>, input: Input, commandId: string): Promise<void>;
}

const TRIES = 4;
const FOLLOW_MS = 700;

const isOver = ({ state }: ActionPartsFragment): boolean => state !== 'REQUESTED' && state !== 'RUNNING';

/** Under one commandId, so that a lost answer does not make it happen twice. */
export async function mutateOnce<Data, Variables extends { input: object }>(
  apollo: ApolloClient,
  mutation: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  for (let tries = 1; ; tries += 1) {
    try {
      const { data } = await apollo.mutate({ mutation, variables, fetchPolicy: 'no-cache' });
      return data as Data;
    } catch (error) {
      const failure = madangError(error);
      if (!failure.isPassing || tries === TRIES) throw failure;
      await delay(failure.retryAfterMs ?? 500 * tries);
    }
  }
}

async function follow(
  apollo: ApolloClient,
  begun: ActionPartsFragment,
  outcomeText: (action: ActionPartsFragment) => string,
): Promise<void> {
  let action = begun;
  while (!isOver(action)) {
    await delay(FOLLOW_MS);
    const { commandId } = begun;
    const answer = await apollo
      .query({ query: ActionDocument, variables: { commandId }, fetchPolicy: 'network-only' })
      .catch((error: unknown) => {
        // The page asks on while the server is away; after signing out it does not.
        if (madangError(error).isPassing) return null;
        throw error;
      });
    action = answer?.data?.admin?.action ?? action;
  }
  const differs = action.verifications.some(({ equal }) => !equal);
  const words = outcomeText(action);
  const about = `${action.target}: `;
  say(words.startsWith(about) ? words : about + words, action.state !== 'SUCCEEDED' || differs);
  // What is shown by then may be of before.
  await apollo.refetchQueries({ include: 'active' });
}

export function useActions(): Actions {
  const apollo = useApolloClient();
  const resultText = useResultText();
  const failureText = useFailureText();
  return useMemo(() => {
    const outcomeText = (action: ActionPartsFragment): string =>
      action.state === 'SUCCEEDED' ? resultText(action) : failureText(action);
    return {
      async ask(mutation, input) {
        const { asked } = await mutateOnce(apollo, mutation, { input: { ...input, dryRun: true, commandId: null } });
        return asked.preview;
      },
      async perform(mutation, input, commandId) {
        const { asked } = await mutateOnce(apollo, mutation, { input: { ...input, commandId } });
        if (asked.action) void follow(apollo, asked.action, outcomeText).catch(() => undefined);
        await apollo.refetchQueries({ include: 'active' });
      },
    };
  }, [apollo, resultText, failureText]);
}
