import type { ServerResponse } from 'node:http';
import type { Sink } from '../../engine/fan-out/subscriber.js';

export interface SseSink extends Sink {
  /** The headers are sent: releases the results held back until now. */
  open(): void;
}

/**
 * Writes results of one operation as events of a stream. Results before the headers are held back. Writes nothing once
 * `signal` is aborted.
 */
export function createSseSink(response: ServerResponse, signal: AbortSignal): SseSink {
  let held: { readonly frame: string; readonly flushed: (() => void) | undefined }[] | null = [];
  let heldBytes = 0;

  const write = (frame: string, flushed?: () => void): void => {
    if (signal.aborted || !response.writable) flushed?.();
    else response.write(frame, flushed && (() => flushed()));
  };

  return {
    transport: 'sse',
    next(result, flushed) {
      const frame = `event: next\ndata: ${result}\n\n`;
      if (!held) return write(frame, flushed);
      held.push({ frame, flushed });
      heldBytes += Buffer.byteLength(frame);
    },
    backlog: () => heldBytes + response.writableLength,
    open() {
      const frames = held ?? [];
      held = null;
      heldBytes = 0;
      for (const { frame, flushed } of frames) write(frame, flushed);
    },
  };
}
