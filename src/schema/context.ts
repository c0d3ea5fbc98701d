import type { Sink } from '../engine/fan-out/subscriber.js';
import type { TraceId } from '../engine/domain/ids.js';
import type { RoomId } from '../events/ids.js';
import type { Logger } from '../engine/runtime/logging.js';
import type { Span } from '../engine/runtime/tracing.js';
import type { Loaders } from './loaders.js';
import type { Identity } from '../server/identity/identity.js';
import type { PersonalSlots } from './hot-room/personal-slots.js';
import type { SharedRead } from './hot-room/shared-read.js';
import type { ApiServices } from './services.js';

/** The context of one execution: an operation, or an event that is rendered for a group of subscribers. */
export interface ApiContext {
  readonly services: ApiServices;
  readonly loaders: Loaders;
  /** Null without a token. In a context that a group of subscribers shares, reading it throws: see `requireViewer`. */
  readonly viewer: Identity | null;
  readonly traceId: TraceId;
  /** Of a sampled operation. */
  readonly span?: Span | undefined;
  readonly logger: Logger;
  /** The rate limits count the client by this where nobody is signed in. */
  readonly clientAddress: string;
  /** Ends with the request, or with the client's connection. */
  readonly signal: AbortSignal;
  /** Hot rooms that this operation has fetched from: the answer's extensions name the slowest. */
  readonly hotRooms: Set<RoomId>;
  /** Set where the read is the same for every member of the room: nothing personal may go into it. */
  readonly sharedAmongMembers?: SharedRead;
  /**
   * Set where the whole answer is executed for every member of the room alike: fields that are each member's own leave
   * a slot in it.
   */
  readonly slots?: PersonalSlots;
  /** The fetches were counted when the requests arrived: do not count again. */
  readonly counted?: boolean;
  /** A refresh ahead of time, without a client that waits: no fetch is counted. */
  readonly ahead?: boolean;
  /** Where the results of a subscription go, on a transport that streams. */
  readonly sink?: Sink;
}
