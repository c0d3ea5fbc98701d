import type { Partition, Position } from '../domain/ids.js';

/** How far a process manager has answered a partition. */
export interface ProcessCheckpoints {
  /** 0 where it has not begun. */
  read(name: string, partition: Partition): Promise<Position>;
  /** Never moves back. */
  write(name: string, partition: Partition, position: Position): Promise<void>;
}
