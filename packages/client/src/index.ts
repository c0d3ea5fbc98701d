/** `@madang/client`: commands that take effect once, and rooms and gifticon requests that are followed to their end. */
import type { FollowOptions, Following } from './follow.js';
import { createFollow } from './follow.js';
import type { GifticonRequest } from './commands.js';
import type { PressOptions } from './press.js';
import { createPress } from './press.js';
import type { ReadMarks } from './read-marks.js';
import { createReadMarks } from './read-marks.js';
import type { Send } from './send.js';
import { createSend } from './send.js';
import type { Transport } from './transport.js';

export type {
  Author,
  CommandInput,
  CommandName,
  CommandPayload,
  GifticonRequest,
  PostedMessage,
  Receipt,
} from './commands.js';
export { newCommandId } from './command-id.js';
export type { FollowOptions, Following, RoomEvent } from './follow.js';
export { MadangError, madangError } from './madang-error.js';
export type { PressOptions } from './press.js';
export type { SendOptions } from './send.js';
export type { Sink, Transport, Variables } from './transport.js';

export interface Madang extends ReadMarks {
  readonly send: Send;
  follow(roomId: string, options?: FollowOptions): Promise<Following>;
  press(campaignId: string, options?: PressOptions): Promise<GifticonRequest>;
}

export function createMadang(transport: Transport): Madang {
  const send = createSend(transport);
  return {
    send,
    follow: createFollow(transport, send),
    press: createPress(transport, send),
    ...createReadMarks(send),
  };
}
