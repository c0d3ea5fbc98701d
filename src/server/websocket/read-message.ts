import { parseMessage } from 'graphql-ws';
import type { Message } from 'graphql-ws';
import { MAX_DEPTH, nestsTooDeep } from '../../engine/runtime/nesting.js';

export const INVALID = 'Invalid message received';

/** @returns a message of the protocol, or the reason why the text is none */
export function readMessage(text: string): Message | string {
  try {
    const message = parseMessage(text);
    return nestsTooDeep(message) ? `A message nests at most ${MAX_DEPTH} levels` : message;
  } catch {
    return INVALID;
  }
}
