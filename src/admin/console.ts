import type { CommandLog } from '../engine/log/command-log.js';
import type { EventStore } from '../engine/store/event-store.js';
import type { HeatOverrides } from '../hot-rooms/heat-store.js';
import type { DeadLetterWork } from './dead-letters.js';
import type { OperatorActions } from './operator-actions.js';
import type { ProcessReport } from './process-report.js';
import type { ReadModelAccess } from './read-models.js';

/** What the console reads and changes: one set for the whole process, wired in the composition root. */
export interface ConsoleAccess {
  readonly readModels: ReadModelAccess;
  readonly deadLetters: DeadLetterWork;
  readonly heat: HeatOverrides;
  readonly actions: OperatorActions;
  readonly store: EventStore;
  readonly commandLog: CommandLog;
  readonly processes: ProcessReports;
  /** This process, as the runner of actions. */
  readonly runner: string;
}

/** What the processes say of themselves. */
export interface ProcessReports {
  /** The answering process. */
  own(): Promise<ProcessReport>;
  /** All processes that report, the answering one first. @throws while Redis is away */
  all(): Promise<readonly ProcessReport[]>;
}
