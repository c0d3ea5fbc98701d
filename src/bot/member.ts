import { now } from './clock.js';
import type { Connection } from './connection.js';
import { countFailure } from './counts.js';
import type { Counts } from './counts.js';
import type { Latencies } from './latencies.js';
import { EVENTS } from './operations.js';
import type { RoomEvent } from './operations.js';
import { createSequence } from './sequence.js';
import type { RoomRecord, Sequence } from './sequence.js';

/** A user who follows a room, from the position of joining it. */
export interface Member {
  readonly room: number;
  readonly sequence: Sequence;
}

export interface MemberOptions {
  readonly connection: Connection;
  readonly room: number;
  readonly roomId: string;
  /** The position to begin behind. */
  readonly from: string;
  readonly record: RoomRecord;
  /** The number of one of the bot's own messages, or FOREIGN. */
  readonly numberOf: (body: string) => number;
  /** The due time of one of the bot's own messages; not a number where it is not known yet. */
  readonly dueAt: (message: number) => number;
  readonly counts: Counts;
  readonly latencies: Latencies;
}

export function followRoom(options: MemberOptions): Member {
  const { connection, room, roomId, from, record, numberOf, dueAt, counts, latencies } = options;
  const sequence = createSequence();
  let after = from;
  /** When the user was back after a cut of the bot's own: messages from before are replayed, and not late. */
  let backAt = 0;
  let replay: { readonly to: number } | undefined;
  connection.subscribe<{ readonly roomEvents: RoomEvent }>({
    query: EVENTS,
    variables: () => ({ roomId, after }),
    next({ roomEvents: { position, message } }) {
      after = position;
      if (!message) return;
      const { seq } = message;
      const number = numberOf(message.body);
      record.add(seq, number);
      if (!sequence.received(seq)) return;
      counts.delivered++;
      const at = now();
      const due = number >= 0 ? dueAt(number) : Number.NaN;
      if (due >= backAt) latencies.record('deliver', at - due);
      if (replay && seq >= replay.to) {
        latencies.record('replay', at - backAt);
        replay = undefined;
      }
    },
    resuming(isPlanned) {
      if (!isPlanned) return;
      backAt = now();
      replay = record.head > sequence.last ? { to: record.head } : undefined;
    },
    interrupted: () => void counts.interrupted++,
    ended: (failure) => countFailure(counts, 'follow', failure?.code ?? 'COMPLETED'),
  });
  return { room, sequence };
}
