import type { EpochPosition, LogPosition, Partition, Position } from '../engine/domain/ids.js';
import { position } from '../engine/domain/ids.js';
import { withTimeout } from '../engine/runtime/deadline.js';
import { BrokenCursorError } from '../engine/gateway/signed-cursor.js';
import type { Identity } from '../server/identity/identity.js';
import type { ApiServices } from './services.js';
import { positionGone, unavailable } from './errors.js';

/** How fresh the read models must be for this operation, and the waits for it. */
export interface Reading {
  /**
   * Waits for a short time until the read models hold the viewer's last commands through this server, then reads
   * anyway.
   */
  ownWrites(): Promise<void>;
  /** Waits for a position from the client. @throws POSITION_GONE, UNAVAILABLE */
  atLeast(position: string): Promise<void>;
  /** Waits for a position that this operation itself produced. @throws UNAVAILABLE */
  reached(at: LogPosition): Promise<void>;
  /**
   * Waits until the read models hold everything decided in the partition before the call, and says whether they do.
   * Asked before saying no; waits once a partition.
   */
  settled(partition: Partition, timeoutMs: number): Promise<boolean>;
  /**
   * Adds a position that the answer must hold, too, and that the read models hold already: the answer is given to
   * others.
   */
  require(at: LogPosition): void;
  /**
   * The position of this partition that an answer to the viewer must hold: that of the viewer's last write or of
   * `atLeast`.
   */
  needed(partition: Partition): Position;
  /** The position of this partition that a read model in Redis must hold to answer. */
  floor(partition: Partition): Position;
}

const OWN_WRITES_TIMEOUT_MS = 500;
const POSITION_TIMEOUT_MS = 5_000;
/** After this time a query is worth its cost: does the position exist at all? */
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

    async atLeast(text) {
      const at = await openPosition(services, text);
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
 * Opens a position from a client.
 * @throws POSITION_GONE where no server of this deployment made the string (another deployment may have used this
 * address before), or where the log went back in time behind the position: other events may stand there now. That
 * answer is final, so the database is asked first: another server may have seen an epoch earlier than this one.
 * @throws UNAVAILABLE where the database cannot be asked
 */
export async function openPosition(
  { cursorSigner, epochs, fanOut, partitions }: Pick<ApiServices, 'cursorSigner' | 'epochs' | 'fanOut' | 'partitions'>,
  text: string,
): Promise<EpochPosition> {
  let at: EpochPosition;
  try {
    at = cursorSigner.openPosition(text);
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
