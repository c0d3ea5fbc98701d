/** What a subscriber found against the promise that each message comes once and in order. */
export interface Faults {
  /** Never came. */
  readonly lost: number;
  /** Came again. */
  readonly doubled: number;
  /** Came behind a later one. */
  readonly reordered: number;
}

/** The messages that one member of a room received, by their numbers: 1, 2, 3 … from the first one on. */
export interface Sequence {
  /** The highest number so far. */
  readonly last: number;
  /** @returns whether it came for the first time */
  received(seq: number): boolean;
  /** @param head the number of the room's last message */
  faults(head: number): Faults;
}

export function createSequence(): Sequence {
  let last = 0;
  let doubled = 0;
  let reordered = 0;
  /** Numbers below `last` that have not come. Empty, unless a promise is broken. */
  const missing = new Set<number>();
  return {
    get last() {
      return last;
    },
    received(seq) {
      if (seq > last) {
        for (let skipped = last + 1; skipped < seq; skipped++) missing.add(skipped);
        last = seq;
        return true;
      }
      if (missing.delete(seq)) {
        reordered++;
        return true;
      }
      doubled++;
      return false;
    },
    faults: (head) => ({ lost: missing.size + Math.max(0, head - last), doubled, reordered }),
  };
}

/** A message that one of the bot's own commands posted, by its number in the plan; or one of another program. */
export const FOREIGN = -1;

/** The messages of a room as a thread's members and senders found them. Each contradiction is counted once. */
export interface RoomRecord {
  /** The highest number that a member received or an answer named. */
  readonly head: number;
  /** A member received it, or the answer to its command named its number. */
  add(seq: number, message: number): void;
  /** Numbers under which there were two messages, and messages under two numbers. */
  readonly contradictions: number;
  /** Equal for equal records. */
  digest(): string;
}

export function createRoomRecord(): RoomRecord {
  const messages: (number | undefined)[] = [];
  const seqs = new Map<number, number>();
  const contradicted = new Set<number>();
  let head = 0;
  return {
    get head() {
      return head;
    },
    get contradictions() {
      return contradicted.size;
    },
    add(seq, message) {
      if (messages[seq] === message) return;
      if (messages[seq] !== undefined) contradicted.add(seq);
      else if (message !== FOREIGN && seqs.has(message)) contradicted.add(seq);
      messages[seq] ??= message;
      if (message !== FOREIGN && !seqs.has(message)) seqs.set(message, seq);
      if (seq > head) head = seq;
    },
    digest() {
      let digest = 0;
      for (let seq = 1; seq <= head; seq++) digest = (Math.imul(digest, 31) + (messages[seq] ?? -2) + seq) >>> 0;
      return `${head}:${digest}`;
    },
  };
}
