import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { TraceId } from '../../engine/domain/ids.js';
import type { Logger } from '../../engine/runtime/logging.js';
import type { Identity } from '../identity/identity.js';
import type { ErrorScope } from '../errors/format-error.js';
import type { Bucket } from '../rate-limits/token-bucket.js';
import type { HttpServerOptions } from '../options.js';
import { traceOf } from '../trace.js';
import { frameSocket } from './frame-socket.js';
import type { FrameSocket } from './frame-socket.js';

/**
 * One operation from `subscribe` to its end. Its id may belong to another one by then: results and ends are never
 * addressed by id alone.
 */
export interface WebSocketOperation extends ErrorScope {
  readonly id: string;
  readonly controller: AbortController;
  /** Queries and mutations have an answer to wait for when the server stops. */
  subscription: boolean;
  /** Ends its iterator of results. */
  endResults(): void;
}

/** One socket and its operations. Its own scope is for errors outside of an operation. */
export interface Connection extends ErrorScope {
  readonly socket: WebSocket;
  /** For results that many subscribers share. */
  readonly frames: FrameSocket;
  readonly clientAddress: string;
  /** The operations that neither side has ended, by id. */
  readonly operations: Map<string, WebSocketOperation>;
  /** The number of running operations, including those that the client has ended and that have not stopped yet. */
  running: number;
  state: 'opened' | 'initialising' | 'acknowledged';
  viewer: Identity | null;
  /** Called once the socket is closed. */
  atClose: readonly (() => void)[];
  readonly scope: TransportScope;
  /** Keep-alive pings without an answer. */
  unanswered: number;
  /** Bytes read when the last message ended, plus those of pings and pongs since. */
  read: number;
  /** Whether it is closed as soon as no answer is pending on it: the server drains or stops. */
  leaving: boolean;
  /** The rate limit of its messages. */
  allowance: Bucket | undefined;
}

/** The codes with which the server closes. https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md */
export const CLOSE = {
  GOING_AWAY: 1001,
  POLICY: 1008,
  TRY_AGAIN_LATER: 1013,
  BAD_MESSAGE: 4400,
  UNAUTHORIZED: 4401,
  FORBIDDEN: 4403,
  UNKNOWN_PROTOCOL: 4406,
  INIT_TIMEOUT: 4408,
  ID_IN_USE: 4409,
  INIT_TWICE: 4429,
  FAULT: 4500,
} as const;

/*
 * Classes, for there are tens of thousands: methods cost nothing in each, and a logger is made where something is to be
 * logged.
 */

/** The scope of errors and log lines with an id of its own. */
class Traced implements ErrorScope {
  constructor(
    readonly traceId: TraceId,
    readonly scope: TransportScope,
  ) {}

  get logger(): Logger {
    return this.scope.logger.child({ traceId: this.traceId });
  }

  get isTransient(): ErrorScope['isTransient'] {
    return this.scope.isTransient;
  }

  get countError(): ErrorScope['countError'] {
    return this.scope.countError;
  }
}

class SocketConnection extends Traced implements Connection {
  readonly operations = new Map<string, WebSocketOperation>();
  running = 0;
  state: Connection['state'] = 'opened';
  viewer: Identity | null = null;
  atClose: readonly (() => void)[] = [];
  unanswered = 0;
  read = 0;
  leaving = false;
  allowance: Bucket | undefined = undefined;

  constructor(
    readonly socket: WebSocket,
    readonly frames: FrameSocket,
    readonly clientAddress: string,
    traceId: TraceId,
    scope: TransportScope,
  ) {
    super(traceId, scope);
  }
}

class SocketOperation extends Traced implements WebSocketOperation {
  readonly controller = new AbortController();
  subscription = false;
  endResults: () => void = () => undefined;

  constructor(
    readonly id: string,
    traceId: TraceId,
    scope: TransportScope,
  ) {
    super(traceId, scope);
  }
}

/** What the scopes of all sockets have in common. */
export type TransportScope = Omit<ErrorScope, 'traceId'>;

export const transportScope = ({ logger, isTransient, metrics }: HttpServerOptions): TransportScope => ({
  logger,
  isTransient,
  countError: (code) => metrics.graphqlErrors.inc({ code, transport: 'websocket' }),
});

export const createConnection = (
  socket: WebSocket,
  transport: Socket,
  clientAddress: string,
  traceparent: unknown,
  scope: TransportScope,
): Connection =>
  new SocketConnection(socket, frameSocket(socket, transport), clientAddress, traceOf(traceparent), scope);

export function beginOperation(connection: Connection, id: string, traceparent: unknown): WebSocketOperation {
  const operation = new SocketOperation(id, traceOf(traceparent), connection.scope);
  connection.operations.set(id, operation);
  connection.running++;
  return operation;
}

/** Whether neither side has ended it. */
export const isOpen = ({ operations }: Connection, operation: WebSocketOperation): boolean =>
  operations.get(operation.id) === operation;

/** From here on its id is free, and none of its results is written. */
export function endOperation(connection: Connection, operation: WebSocketOperation): void {
  if (isOpen(connection, operation)) connection.operations.delete(operation.id);
  operation.controller.abort();
  operation.endResults();
}

/** Whether no answer is pending on it: subscriptions continue elsewhere. */
export const isIdle = ({ operations }: Connection): boolean =>
  [...operations.values()].every(({ subscription }) => subscription);

/** @param reason is cut to the 123 bytes of a close frame */
export function closeWith({ socket }: Connection, code: number, reason: string): void {
  let cut = reason;
  while (Buffer.byteLength(cut) > 123) cut = cut.slice(0, -1);
  socket.close(code, cut);
}
