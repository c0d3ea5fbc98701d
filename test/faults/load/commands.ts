import { randomUUID } from 'node:crypto';
import type { LoadContext } from './client.js';
import { ask, pick, rest } from './client.js';
import type { Credentials, SentCommand, ObservedReceipt } from './history.js';
import { observed } from './history.js';

const INPUTS: Readonly<Record<SentCommand['mutation'], string>> = {
  sendMessage: 'SendMessageInput',
  addReaction: 'ReactionInput',
  removeReaction: 'ReactionInput',
  markRead: 'MarkReadInput',
  joinRoom: 'JoinRoomInput',
  leaveRoom: 'LeaveRoomInput',
};

interface Mutated {
  readonly receipt: {
    readonly status: ObservedReceipt['status'];
    readonly position: string | null;
    readonly rejection: { readonly code: string } | null;
  };
  readonly message?: { readonly seq: number } | null;
}

const documentOf = (mutation: SentCommand['mutation']): string =>
  `mutation ($input: ${INPUTS[mutation]}!) { ${mutation}(input: $input) { receipt ` +
  '{ status position rejection { code } } ' +
  `${mutation === 'sendMessage' ? 'message { seq }' : ''} } }`;

/** The share of commands that are sent twice at the same moment, to two servers. */
const TWICE = 0.1;

/** Sends the very same command once. Null: no answer, or one that allows a retry. */
export async function sendOnce(
  context: LoadContext,
  command: SentCommand,
  url: string,
): Promise<ObservedReceipt | null> {
  const { commandId, mutation, input, user, answers } = command;
  const reply = await ask<Record<string, Mutated>>(context, url, user, documentOf(mutation), {
    input: { ...input, commandId },
  });
  switch (reply.kind) {
    case 'answer': {
      const { receipt, message } = reply.data[mutation]!;
      const answer = observed(context.history, {
        status: receipt.status,
        position: receipt.position,
        code: receipt.rejection?.code ?? null,
        seq: message?.seq ?? null,
      });
      answers.push(answer);
      return answer;
    }
    case 'again':
      return null;
    case 'refused':
      context.history.wrong.push(
        `${mutation} ${commandId} was refused with ${reply.codes.join(', ')}: ${reply.text.slice(0, 400)}`,
      );
      return { status: 'REJECTED', position: null, code: reply.codes[0]!, seq: null };
    default:
      return reply satisfies never;
  }
}

/**
 * Sends the same commandId to any server until it has its outcome, as applications do. Undefined: the run ended before.
 */
export async function settle(
  context: LoadContext,
  user: Credentials,
  mutation: SentCommand['mutation'],
  roomId: string,
  input: Readonly<Record<string, unknown>> = {},
): Promise<ObservedReceipt | undefined> {
  const { history, apis, random, over } = context;
  const command: SentCommand = {
    commandId: randomUUID(),
    mutation,
    roomId,
    input: { roomId, ...input },
    user,
    answers: [],
  };
  // A message's body names its command.
  if (mutation === 'sendMessage') (command.input as Record<string, unknown>)['body'] = `from ${command.commandId}`;
  history.commands.set(command.commandId, command);
  const twin = random() < TWICE ? sendOnce(context, command, pick(apis(), random)) : null;
  for (; !over.aborted; await rest(random, 50, 250)) {
    const answer = await sendOnce(context, command, pick(apis(), random));
    if (!answer || answer.status === 'ACCEPTED') continue;
    await twin;
    return answer;
  }
  return undefined;
}
