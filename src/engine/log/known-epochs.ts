import type { Epoch, EpochPosition, LogPosition, Partition, Position } from '../domain/ids.js';
import { FIRST_EPOCH, position } from '../domain/ids.js';
import type { Fork, LogEpochs } from './log-epochs.js';

/** The beginning of an epoch: after the fork. */
export interface EpochBegin {
  readonly epoch: Epoch;
  readonly fork: Position;
}

/** The epochs as the adapter of the database updates them. */
export interface KnownEpochs extends LogEpochs {
  isKnown(partition: Partition): boolean;
  /** The last position of this branch that the database was seen to have. */
  last(partition: Partition): Position;
  /** The partition has at least this head in the current branch. */
  reached(partition: Partition, head: Position): void;
  /** The branch in the database, in order. Calls the listeners if it differs from the known one. */
  learn(partition: Partition, branch: readonly EpochBegin[]): void;
}

export interface LogEpochsOptions {
  /** Called before the listeners. */
  readonly forked?: (fork: Fork & { readonly epoch: Epoch }) => void;
}

export function createLogEpochs({ forked }: LogEpochsOptions = {}): KnownEpochs {
  const branches = new Map<Partition, readonly EpochBegin[]>();
  const ends = new Map<Partition, Position>();
  /** From the feed, which may be ahead of the database. */
  const highestSeen = new Map<Partition, Position>();
  const listeners = new Set<(fork: Fork) => void>();

  const last = (partition: Partition): Position => ends.get(partition) ?? position(0);
  const epochOf = ({ partition, position: at }: LogPosition): Epoch =>
    branches.get(partition)?.findLast(({ fork }) => fork < at)?.epoch ?? FIRST_EPOCH;

  return {
    current: (partition) => branches.get(partition)?.at(-1)?.epoch ?? FIRST_EPOCH,
    epochOf,
    has: (at: EpochPosition) => epochOf(at) === at.epoch,
    onFork(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    noteHeard({ partition, position: at }) {
      if (at > (highestSeen.get(partition) ?? 0)) highestSeen.set(partition, at);
    },
    isKnown: (partition) => branches.has(partition),
    last,
    reached(partition, head) {
      if (head > last(partition)) ends.set(partition, head);
    },
    learn(partition, branch) {
      const known = branches.get(partition);
      branches.set(partition, branch);
      if (!known) return;
      const after = commonEnd(known, branch);
      if (after === null) return;
      const lostTo = position(Math.max(after, last(partition), highestSeen.get(partition) ?? 0));
      highestSeen.delete(partition);
      ends.set(partition, position(Math.min(after, last(partition))));
      const fork = { partition, after, lostTo };
      forked?.({ ...fork, epoch: branch.at(-1)?.epoch ?? FIRST_EPOCH });
      for (const listener of listeners) listener(fork);
    },
  };
}

/** The last common position; null for equal branches. */
function commonEnd(known: readonly EpochBegin[], now: readonly EpochBegin[]): Position | null {
  for (let index = 0; index < Math.max(known.length, now.length); index++) {
    const [a, b] = [known[index], now[index]];
    if (a && b && a.epoch === b.epoch && a.fork === b.fork) continue;
    return position(Math.min(a?.fork ?? Infinity, b?.fork ?? Infinity));
  }
  return null;
}
