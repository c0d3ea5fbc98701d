import type { Partition, Position } from '../domain/ids.js';
import { FIRST_EPOCH, epoch } from '../domain/ids.js';
import type { LogEpochs } from '../log/log-epochs.js';

export type EpochsOfPositions = Pick<LogEpochs, 'epochOf' | 'has'>;

/** Of a log that never went back in time. */
export const NEVER_FORKED: EpochsOfPositions = {
  epochOf: () => FIRST_EPOCH,
  has: ({ epoch: of }) => of === FIRST_EPOCH,
};

/**
 * @param stored as the meta of a space has it; null or empty where an older program wrote the meta: that is believed to
 * be of this log
 */
export const isLost = (
  epochs: EpochsOfPositions,
  partition: Partition,
  position: Position,
  stored: string | null,
): boolean => stored !== null && stored !== '' && !epochs.has({ partition, position, epoch: epoch(Number(stored)) });

/** What a step of a model names: the epoch of where it begins, and that of where it ends. */
export const epochsOf = (
  epochs: EpochsOfPositions,
  partition: Partition,
  from: Position,
  to: Position,
): readonly [number, number] => [
  epochs.epochOf({ partition, position: from }),
  epochs.epochOf({ partition, position: to }),
];
