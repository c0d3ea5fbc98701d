import { IncomingMessage } from 'node:http';

/**
 * A request for an upgrade to another protocol than WebSocket is answered as if it had no upgrade, by RFC 9110 (7.8):
 * HTTP clients that prefer HTTP/2, such as Java's, send `Upgrade: h2c` with their first request. node:http would hand
 * over the connection of any upgrade.
 */
export class RequestMessage extends IncomingMessage {
  declare private asked: boolean | undefined;

  /** node:http sets it when it has seen the headers, and reads it after parsing them. */
  get upgrade(): boolean {
    return this.asked === true && this.headers.upgrade?.toLowerCase() === 'websocket';
  }

  set upgrade(asked: boolean) {
    this.asked = asked;
  }
}
