import type { TraceId } from '../engine/domain/ids.js';
import type { Sink } from '../engine/fan-out/subscriber.js';
import type { Identity } from '../server/identity/identity.js';
import type { Logger } from '../engine/runtime/logging.js';
import type { Span } from '../engine/runtime/tracing.js';
import type { ApiContext } from './context.js';
import type { ApiServices } from './services.js';
import { createLoaders } from './loaders.js';

export interface RequestParts {
  readonly viewer: Identity | null;
  readonly clientAddress?: string;
  readonly traceId: TraceId;
  readonly span?: Span | undefined;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly sink?: Sink;
}

/** All requests without a client address are counted as one client. */
const NOWHERE = 'unknown';

/** The context of one operation of one client. */
export const requestContext = (services: ApiServices, parts: RequestParts): ApiContext => ({
  services,
  loaders: createLoaders(services, () => parts.viewer),
  hotRooms: new Set(),
  clientAddress: NOWHERE,
  ...parts,
});

/**
 * The context in which an event is executed once for a whole group of subscribers: there is no viewer in it, not even
 * an absent one.
 */
export function sharedContext(
  services: ApiServices,
  parts: Pick<RequestParts, 'traceId' | 'logger' | 'signal'>,
): ApiContext {
  const noViewer = (): never => {
    throw new Error(
      'a result that many subscribers share was about to depend on one viewer: mark the field as viewerDependent',
    );
  };
  return {
    services,
    loaders: createLoaders(services, noViewer),
    hotRooms: new Set(),
    clientAddress: NOWHERE,
    ...parts,
    get viewer() {
      return noViewer();
    },
  };
}
