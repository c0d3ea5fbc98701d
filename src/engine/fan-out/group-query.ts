import type { EventCatalog } from '../domain/event-catalog.js';
import type { Partition, Position, UserId } from '../domain/ids.js';
import type { Logger } from '../runtime/logging.js';
import type { EngineMetrics } from '../runtime/metrics.js';
import type { PerTickLimiter } from '../runtime/per-tick-limiter.js';
import type { Tracer } from '../runtime/tracing.js';
import type { History } from './history.js';
import type { RoomUpdate } from './notice.js';
import type { Audience } from './runs.js';

/** The common request of a group's subscribers: the same selection, the same variables, and the same right to see. */
export interface GroupQuery {
  readonly key: string;
  readonly partition: Partition;
  /** Equal for subscribers with equal results. */
  readonly group: string;
  /**
   * Decided before an update is executed, and for each event of the history again. An update for nobody, or for a user
   * who is not there, is not executed. Default: everyone.
   */
  audience?(update: RoomUpdate): Audience;
  /**
   * Set where updates are executed together, at most `max` at a time: the first of a quiet room at once, and those of
   * the next `ms` milliseconds together. Otherwise each one by itself.
   */
  readonly batch?: { readonly ms: number; readonly max: number };
  /**
   * Executes the selection for one update, or for those of a batch, as JSON of execution results; none if this
   * subscription does not show it.
   */
  render(updates: readonly RoomUpdate[]): Promise<readonly string[]>;
}

export interface GroupOptions {
  readonly query: GroupQuery;
  readonly catalog: EventCatalog;
  readonly history: History;
  /** The turns of the groups of a room, for live events. */
  readonly executions: PerTickLimiter;
  /** Where executions of the history take turns, over all rooms: nothing else bounds how much is asked for at once. */
  readonly histories: PerTickLimiter;
  /** Where resuming subscribers take turns to be written to, over all rooms: live ones come in between. */
  readonly resumes: PerTickLimiter;
  /** The last position of the partition that was offered to the groups. */
  readonly delivered: () => Position;
  /** Whether the user has subscriptions to the room, in any group. */
  readonly isPresent: (user: UserId) => boolean;
  /** Called once: the last subscriber is gone, or an execution failed. Later subscribers need another group. */
  readonly emptied: () => void;
  readonly logger: Logger;
  readonly metrics: EngineMetrics;
  /** Records sampled traces. */
  readonly tracer?: Tracer | undefined;
}
