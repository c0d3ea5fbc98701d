import type { Send } from './send.js';

/** How far apart the read marks of one room are sent. */
const INTERVAL_MS = 5_000;
/** A read mark that cannot be sent for so long is worth less than the next one. */
const TIMEOUT_MS = 30_000;

interface Mark {
  seq: number;
  sent: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

export interface ReadMarks {
  /** The user has seen the message of this number. The first is sent at once, then at most one in 5 s for each room. */
  markRead(roomId: string, seq: number): void;
  /** The user leaves the room's page, or the page itself: what is not sent yet is sent now. */
  flushRead(roomId: string): Promise<void>;
}

export function createReadMarks(send: Send): ReadMarks {
  const marks = new Map<string, Mark>();

  const deliver = async (roomId: string, mark: Mark): Promise<void> => {
    if (mark.seq <= mark.sent) return;
    const { seq } = mark;
    mark.sent = seq;
    // Without the mark the room has unread messages that the user knows: no error to tell of.
    await send('markRead', { roomId, seq }, { timeoutMs: TIMEOUT_MS }).catch(() => undefined);
  };
  const tick = (roomId: string, mark: Mark): void => {
    mark.timer = undefined;
    if (mark.seq <= mark.sent) return;
    void deliver(roomId, mark);
    mark.timer = setTimeout(() => tick(roomId, mark), INTERVAL_MS);
  };

  return {
    markRead(roomId, seq) {
      const mark = marks.get(roomId) ?? { seq: 0, sent: 0, timer: undefined };
      marks.set(roomId, mark);
      mark.seq = Math.max(mark.seq, seq);
      if (mark.timer === undefined) tick(roomId, mark);
    },
    async flushRead(roomId) {
      const mark = marks.get(roomId);
      if (!mark) return;
      clearTimeout(mark.timer);
      mark.timer = undefined;
      await deliver(roomId, mark);
    },
  };
}
