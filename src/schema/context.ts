import type { Sink } from '../engine/fan-out/subscriber.js';
import type { TraceId } from '../engine/domain/ids.js';
import type { RoomId } from '../events/ids.js';
import type { Logger } from '../engine/runtime/logging.js';
import type { Loaders } from './loaders.js';
import type { Identity } from '../server/identity/identity.js';
import type { PersonalSlots } from './hot-room/personal-slots.js';
import type { SharedRead } from './hot-room/shared-read.js';
import type { ApiServices } from './services.js';

/** What one operation is executed with. Made anew for each, also for every event that a group of subscribers gets. */
export interface ApiContext {
  readonly services: ApiServices;
  readonly loaders: Loaders;
  /**
   * Null where no token came. In a context that a group of subscribers shares, reading it throws: see `requireViewer`.
   */
  readonly viewer: Identity | null;
  readonly traceId: TraceId;
  readonly logger: Logger;
  /** What the client is counted by where nobody is signed in. */
  readonly clientAddress: string;
  /** Ends with the request, or with the client's connection. */
  readonly signal: AbortSignal;
  /** Hot rooms that this operation has fetched from: the answer tells about them. */
  readonly hotRooms: Set<RoomId>;
  /** What is being read is for every member of the room alike: nothing personal may go into it. */
  readonly sharedAmongMembers?: SharedRead;
  /**
   * The whole answer is executed for every member of the room alike: here fields that are each member's own leave a
   * place for it.
   */
  readonly slots?: PersonalSlots;
  /** Those who asked for it were counted when they came. */
  readonly counted?: boolean;
  /** Nobody waits for it: it is no fetch of anyone's. */
  readonly ahead?: boolean;
  /** Where a subscription's results go, on a transport that streams. */
  readonly sink?: Sink;
}
