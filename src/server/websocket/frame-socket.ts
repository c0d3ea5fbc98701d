import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';

/**
 * The socket below a WebSocket, for frames that are made for many at once. It relies on the following of `ws`: each of
 * its frames goes to this socket whole, in the call that sends it. So a frame that is written here stands between two
 * of its own. It does not hold for compressed messages, blobs and messages in fragments: the server uses none of them.
 * `frame-socket.unit.test.ts` fails with a `ws` that behaves otherwise.
 */
export interface FrameSocket {
  /** Writes nothing to a socket that is closing. @returns false if more is waiting than the network takes at once */
  write(frames: Buffer | readonly Buffer[]): boolean;
}

/** @param transport the socket of the upgraded request */
export function frameSocket(webSocket: WebSocket, transport: Socket): FrameSocket {
  if (webSocket.extensions !== '')
    throw new Error(`frames cannot be written beside the extension ${webSocket.extensions}`);
  return {
    write(frames) {
      if (webSocket.readyState !== webSocket.OPEN || !transport.writable) return true;
      if (Buffer.isBuffer(frames)) return transport.write(frames);
      transport.cork();
      let taken = true;
      for (const frame of frames) taken = transport.write(frame);
      transport.uncork();
      return taken;
    },
  };
}
