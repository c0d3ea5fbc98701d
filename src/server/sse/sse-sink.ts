import type { ServerResponse } from 'node:http';
import type { Delivery, Sink } from '../../engine/fan-out/subscriber.js';

export interface SseSink extends Sink {
  /** The headers are sent: releases the results held back until now. */
  open(): void;
}

const framesOf = new WeakMap<Delivery, Buffer>();

/** The same bytes for all subscribers of a delivery. */
function frames(delivery: Delivery): Buffer {
  const known = framesOf.get(delivery);
  if (known) return known;
  const bytes = Buffer.from(delivery.results.map(frame).join(''));
  framesOf.set(delivery, bytes);
  return bytes;
}

const frame = (result: string): string => `event: next\ndata: ${result}\n\n`;

/**
 * Writes results of one operation as events of a stream. Results before the headers are held back. Writes nothing once
 * `signal` is aborted.
 */
export function createSseSink(response: ServerResponse, signal: AbortSignal): SseSink {
  let held: { readonly bytes: string | Buffer; readonly flushed: (() => void) | undefined }[] | null = [];
  let heldBytes = 0;

  const write = (bytes: string | Buffer, flushed?: () => void): boolean => {
    if (!signal.aborted && response.writable) return response.write(bytes, flushed && (() => flushed()));
    flushed?.();
    return true;
  };
  const writeOrHold = (bytes: string | Buffer, flushed?: () => void): boolean => {
    if (!held) return write(bytes, flushed);
    held.push({ bytes, flushed });
    heldBytes += Buffer.byteLength(bytes);
    return false;
  };

  return {
    transport: 'sse',
    next: (result, flushed) => void writeOrHold(frame(result), flushed),
    deliver: (delivery) => writeOrHold(frames(delivery)),
    backlog: () => heldBytes + response.writableLength,
    open() {
      const early = held ?? [];
      held = null;
      heldBytes = 0;
      for (const { bytes, flushed } of early) write(bytes, flushed);
    },
  };
}
