import { IncomingMessage } from 'node:http';

/** Of one body. The largest one comes in fewer where its pieces have 64 bytes or more. */
const MAX_PIECES = 4_096;

class TooManyPieces extends Error {
  readonly code = 'TOO_MANY_PIECES';
}

/**
 * A request for an upgrade to another protocol than WebSocket is answered as if it had no upgrade, by RFC 9110 (7.8):
 * HTTP clients that prefer HTTP/2, such as Java's, send `Upgrade: h2c` with their first request. node:http would hand
 * over the connection of any upgrade.
 */
export class RequestMessage extends IncomingMessage {
  declare private asked: boolean | undefined;
  declare private pieces: number | undefined;

  /** node:http sets it when it has seen the headers, and reads it after parsing them. */
  get upgrade(): boolean {
    return this.asked === true && this.headers.upgrade?.toLowerCase() === 'websocket';
  }

  set upgrade(asked: boolean) {
    this.asked = asked;
  }

  /** Called for each piece of the body, by node:http. */
  override push(piece: Buffer | null): boolean {
    if (piece === null) return super.push(null);
    this.pieces = (this.pieces ?? 0) + 1;
    // As for a body that is not HTTP: the server answers, and ends the connection.
    if (this.pieces === MAX_PIECES + 1) this.socket.emit('error', new TooManyPieces('the body is in too many pieces'));
    return this.pieces <= MAX_PIECES && super.push(piece);
  }
}
