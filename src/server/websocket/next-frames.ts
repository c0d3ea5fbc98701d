import type { Delivery } from '../../engine/fan-out/subscriber.js';

/**
 * The frames of one delivery, as the messages `next` of graphql-transport-ws: one text frame for each result, unmasked
 * and whole (RFC 6455, 5.2). Ready to be written to a socket, all in one write.
 */
export interface NextFrames {
  /**
   * For an operation. Subscribers with the same id share the memory.
   * @param id as JSON @param idBytes the length of `id` in UTF-8
   */
  of(id: string, idBytes: number): Buffer | readonly Buffer[];
}

const FIN_AND_TEXT = 0x81;
const HEAD = Buffer.from('{"id":');
const MIDDLE = ',"type":"next","payload":';
/** The ids whose frames are kept while a delivery is written: clients that count their operations have few. */
const MAX_KEPT_IDS = 32;
/** Frames up to this size are copied for an id of their own. Larger ones are pieces that share the results. */
const MAX_COPIED_BYTES = 8 << 10;

/** Frames with a gap for the id. */
interface Template {
  readonly bytes: Buffer;
  /** Where the id goes, once for each frame. */
  readonly gaps: readonly number[];
}

const framesOf = new WeakMap<Delivery, NextFrames>();

/** The same frames for the same delivery. */
export function nextFrames(delivery: Delivery): NextFrames {
  const known = framesOf.get(delivery);
  if (known) return known;
  const frames = createNextFrames(delivery);
  framesOf.set(delivery, frames);
  return frames;
}

function createNextFrames({ results }: Delivery): NextFrames {
  /** What follows the id in each message. */
  const rests = results.map((result) => Buffer.from(`${MIDDLE}${result}}`));
  const restBytes = rests.reduce((sum, { length }) => sum + length, 0);
  const templates = new Map<number, Template>();
  const kept = new Map<string, Buffer>();

  const startOf = (rest: Buffer, idBytes: number): Buffer =>
    Buffer.concat([frameHeader(HEAD.length + idBytes + rest.length), HEAD]);

  const createTemplate = (idBytes: number): Template => {
    const gaps: number[] = [];
    let at = 0;
    const parts = rests.flatMap((rest) => {
      const start = startOf(rest, idBytes);
      gaps.push(at + start.length);
      at += start.length + idBytes + rest.length;
      return [start, Buffer.alloc(idBytes), rest];
    });
    return { bytes: Buffer.concat(parts), gaps };
  };

  const filled = (id: string, idBytes: number): Buffer => {
    const template = templates.get(idBytes) ?? createTemplate(idBytes);
    templates.set(idBytes, template);
    const frames = Buffer.from(template.bytes);
    for (const gap of template.gaps) frames.write(id, gap);
    return frames;
  };

  return {
    of(id, idBytes) {
      const known = kept.get(id);
      if (known) return known;
      if (kept.size >= MAX_KEPT_IDS) {
        if (restBytes <= MAX_COPIED_BYTES) return filled(id, idBytes);
        return rests.flatMap((rest) => [Buffer.concat([startOf(rest, idBytes), Buffer.from(id)]), rest]);
      }
      const frames = filled(id, idBytes);
      kept.set(id, frames);
      return frames;
    },
  };
}

/** Of one unfragmented text frame from a server. */
function frameHeader(length: number): Buffer {
  if (length < 126) return Buffer.from([FIN_AND_TEXT, length]);
  if (length < 1 << 16) {
    const header = Buffer.from([FIN_AND_TEXT, 126, 0, 0]);
    header.writeUInt16BE(length, 2);
    return header;
  }
  const header = Buffer.from([FIN_AND_TEXT, 127, 0, 0, 0, 0, 0, 0, 0, 0]);
  header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}
