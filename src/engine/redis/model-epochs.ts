import type { Partition, Position } from '../domain/ids.js';
import { FIRST_EPOCH, epoch } from '../domain/ids.js';
import type { LogEpochs } from '../log/log-epochs.js';

export type EpochsOfPositions = Pick<LogEpochs, 'epochOf' | 'has'>;

/** For a log that never forked. */
export const NEVER_FORKED: EpochsOfPositions = {
  epochOf: () => FIRST_EPOCH,
  has: ({ epoch: of }) => of === FIRST_EPOCH,
};

/**
 * @param stored from the meta of a space; null or empty if an older program wrote the meta, which counts as of this log
 */
export const isLost = (
  epochs: EpochsOfPositions,
  partition: Partition,
  position: Position,
  stored: string | null,
): boolean => stored !== null && stored !== '' && !epochs.has({ partition, position, epoch: epoch(Number(stored)) });

/** The epochs of the beginning and the end of a step of a model. */
export const epochsOf = (
  epochs: EpochsOfPositions,
  partition: Partition,
  from: Position,
  to: Position,
): readonly [number, number] => [
  epochs.epochOf({ partition, position: from }),
  epochs.epochOf({ partition, position: to }),
];
