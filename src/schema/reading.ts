import type { EpochPosition, LogPosition, Partition, Position } from '../engine/domain/ids.js';
import { position } from '../engine/domain/ids.js';
import { withTimeout } from '../engine/runtime/deadline.js';
import { BrokenCursorError } from '../engine/gateway/signed-cursor.js';
import type { Identity } from '../server/identity/identity.js';
import type { ApiServices } from './services.js';
import { positionGone, unavailable } from './errors.js';

/** How fresh the read models have to be for this operation, and the waiting for it. */
export interface Reading {
  /** Waits shortly until the viewer's own last commands through this server can be read; then reads what is there. */
  ownWrites(): Promise<void>;
  /** Waits for a position that the client handed in. @throws POSITION_GONE, UNAVAILABLE */
  atLeast(sealed: string): Promise<void>;
  /** Waits for a position of this operation's own making. @throws UNAVAILABLE */
  reached(at: LogPosition): Promise<void>;
  /**
   * Waits until the read models hold what was decided in the partition before the call, and says whether they do:
   * before saying no. Once a partition.
   */
  settled(partition: Partition, timeoutMs: number): Promise<boolean>;
  /** The answer is to hold this, too, which the read models have already: it is given to others. */
  require(at: LogPosition): void;
  /** What an answer to the viewer must hold of this partition: what the viewer wrote or asked for. */
  needed(partition: Partition): Position;
  /** What a read model in Redis has to hold to answer for this partition. */
  floor(partition: Partition): Position;
}

const OWN_WRITES_TIMEOUT_MS = 500;
const POSITION_TIMEOUT_MS = 5_000;
/** After which it is worth a query whether the position exists at all. */
const DOUBT_MS = 100;
export const SETTLE_TIMEOUT_MS = 2_000;

export function createReading(services: ApiServices, viewer: () => Identity | null): Reading {
  const { progress, commands, fanOut } = services;
  const asked = new Map<Partition, Position>();
  const settling = new Map<string, Promise<boolean>>();
  let written: readonly LogPosition[] = [];

  const raise = ({ partition, position: at }: LogPosition): void => {
    if (at > (asked.get(partition) ?? 0)) asked.set(partition, at);
  };

  const reached = async (at: LogPosition): Promise<void> => {
    if (!(await withTimeout(POSITION_TIMEOUT_MS, (deadline) => progress.reached(at, deadline)))) {
      throw unavailable('The read models are behind and do not hold this position yet: ask again shortly.');
    }
    raise(at);
  };

  const needed = (partition: Partition): Position =>
    position(Math.max(written.find((at) => at.partition === partition)?.position ?? 0, asked.get(partition) ?? 0));

  return {
    needed,
    require: raise,

    async ownWrites() {
      const own = viewer();
      written = own ? commands.lastWrites(own.userId) : [];
      await withTimeout(OWN_WRITES_TIMEOUT_MS, (deadline) =>
        Promise.all(written.map((at) => progress.reached(at, deadline))),
      );
    },

    async atLeast(sealed) {
      const at = await openPosition(services, sealed);
      if (await progress.reached(at, AbortSignal.timeout(DOUBT_MS))) return raise(at);
      if (at.position > (await fanOut.head(at.partition))) throw positionGone();
      await reached(at);
    },

    reached,

    settled(partition, timeoutMs) {
      const key = `${partition}/${timeoutMs}`;
      const waiting = settling.get(key) ?? progress.settled(partition, AbortSignal.timeout(timeoutMs));
      settling.set(key, waiting);
      return waiting;
    },

    floor: (partition) => position(Math.max(needed(partition), fanOut.settledPosition(partition))),
  };
}

/**
 * @throws UNAVAILABLE, and POSITION_GONE where the string is none that a server of this deployment gave out, for it may
 * be another deployment's, which
 * had this address before; and where the log went back in time behind that position: other events may stand there now.
 * That is final, so the database is asked first: another server may have heard of an epoch earlier than this one.
 */
export async function openPosition(
  { cursorSigner, epochs, fanOut, partitions }: Pick<ApiServices, 'cursorSigner' | 'epochs' | 'fanOut' | 'partitions'>,
  sealed: string,
): Promise<EpochPosition> {
  let at: EpochPosition;
  try {
    at = cursorSigner.openPosition(sealed);
  } catch (error) {
    if (!(error instanceof BrokenCursorError)) throw error;
    throw positionGone();
  }
  if (at.partition >= partitions) throw positionGone();
  if (epochs.has(at)) return at;
  await fanOut.head(at.partition);
  if (!epochs.has(at)) throw positionGone();
  return at;
}
