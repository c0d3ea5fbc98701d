import { randomUUID } from 'node:crypto';
import type { WireUser } from './wire.js';
import { codeOf } from './wire.js';

export interface SentMessage {
  readonly seq: number;
  readonly position: string;
}

/** Sends a message, and waits until queries show it. */
export async function sendOnWire(user: WireUser, roomId: string, body: string): Promise<SentMessage> {
  const { data } = await user.ask<{ sendMessage: { message: { seq: number }; receipt: { position: string } } }>(
    `mutation ($input: SendMessageInput!) {
      sendMessage(input: $input, waitFor: PROJECTED) { message { seq } receipt { position } }
    }`,
    { input: { roomId, body, commandId: randomUUID() } },
  );
  return { seq: data!.sendMessage.message.seq, position: data!.sendMessage.receipt.position };
}

/** The numbers of the newest messages, in order. */
export async function historyOf(user: WireUser, roomId: string): Promise<readonly number[]> {
  const { data } = await user.ask<{ room: { messages: { nodes: readonly { seq: number }[] } } }>(
    'query ($id: ID!) { room(id: $id) { messages(last: 100) { nodes { seq } } } }',
    { id: roomId },
  );
  return data!.room.messages.nodes.map(({ seq }) => seq);
}

/** The code with which a query that waits for the position ends. */
export const codeAt = async (user: WireUser, roomId: string, position: string): Promise<string> =>
  codeOf(
    await user.ask('query ($id: ID!, $at: Position) { room(id: $id, atLeast: $at) { id } }', {
      id: roomId,
      at: position,
    }),
  );
