import type { WebSocket } from 'ws';
import type { Identity } from '../../identity/identity.js';
import type { ErrorScope } from '../../schema/format-error.js';
import type { HttpServerOptions } from './options.js';
import { traceOf } from './trace.js';

export interface WebSocketOperation extends ErrorScope {
  readonly controller: AbortController;
  /** Queries and mutations have an answer to wait for when the server stops. */
  subscription: boolean;
}

/** One socket and what runs on it. Its own scope is for errors of operations that are over already. */
export interface Connection extends ErrorScope {
  readonly socket: WebSocket;
  readonly clientAddress: string;
  readonly operations: Map<string, WebSocketOperation>;
  /** The operations that the protocol's library knows, by id. */
  subscriptions: Readonly<Record<string, unknown>>;
  viewer: Identity | null;
  /** Calls off the close that comes when the token expires. */
  forgetExpiry(): void;
  /** Keep-alive pings without an answer. */
  unanswered: number;
}

/** The codes that Madang itself closes with; the others are given by the protocol's library and by the WebSocket's. */
export const CLOSE = {
  GOING_AWAY: 1001,
  TRY_AGAIN_LATER: 1013,
  BAD_MESSAGE: 4400,
  FORBIDDEN: 4403,
  FAULT: 4500,
} as const;

export function createConnection(socket: WebSocket, clientAddress: string, traceparent: unknown, { logger, isTransient }: HttpServerOptions): Connection {
  const traceId = traceOf(traceparent);
  return {
    socket,
    clientAddress,
    operations: new Map(),
    subscriptions: {},
    viewer: null,
    forgetExpiry: () => undefined,
    unanswered: 0,
    traceId,
    logger: logger.child({ traceId }),
    isTransient,
  };
}

export function beginOperation(connection: Connection, id: string, traceparent: unknown): WebSocketOperation {
  const traceId = traceOf(traceparent);
  const { isTransient } = connection;
  const operation = { traceId, logger: connection.logger.child({ traceId }), isTransient, controller: new AbortController(), subscription: false };
  connection.operations.set(id, operation);
  return operation;
}

export function endOperation(connection: Connection, id: string): void {
  const operation = connection.operations.get(id);
  connection.operations.delete(id);
  operation?.controller.abort();
}

/** Whether nobody waits for an answer on it: subscriptions go on elsewhere. */
export const isIdle = ({ operations }: Connection): boolean => [...operations.values()].every(({ subscription }) => subscription);
