import { IncomingMessage } from 'node:http';

/**
 * A request that asks for another protocol than WebSocket is answered as if it had not asked, as RFC 9110 (7.8) has it:
 * HTTP clients that would rather speak HTTP/2, such as Java's, send `Upgrade: h2c` along with their first request.
 * node:http hands over the connection of any upgrade.
 */
export class RequestMessage extends IncomingMessage {
  declare private asked: boolean | undefined;

  /** Set by node:http when it has seen the headers, and looked at once it has read them. */
  get upgrade(): boolean {
    return this.asked === true && this.headers.upgrade?.toLowerCase() === 'websocket';
  }

  set upgrade(asked: boolean) {
    this.asked = asked;
  }
}
