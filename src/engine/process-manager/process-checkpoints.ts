import type { Partition, Position } from '../domain/ids.js';

/** The position up to which a process manager has answered a partition. */
export interface ProcessCheckpoints {
  /** 0 before it has begun. */
  read(name: string, partition: Partition): Promise<Position>;
  /** Never moves back. */
  write(name: string, partition: Partition, position: Position): Promise<void>;
}
