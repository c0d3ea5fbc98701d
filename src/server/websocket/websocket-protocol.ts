import type { ExecutionResult, GraphQLError } from 'graphql';
import { MessageType } from 'graphql-ws';
import type { ConnectionInitMessage, Message, SubscribeMessage } from 'graphql-ws';
import { authenticate } from '../identity/authenticate.js';
import { IdentityUnavailableError, InvalidTokenError } from '../identity/identity.js';
import { formatError } from '../errors/format-error.js';
import type { ConnectionLimits } from '../connections/connection-limits.js';
import type { ConnectionCounts } from '../connections/connection-counts.js';
import type { Delivered } from '../delivered.js';
import { isDelivered } from '../delivered.js';
import { at } from '../expiry.js';
import { asGraphQLError, createOperations, formatResult, isErrors, isSubscription } from '../operations.js';
import type { ServedOptions } from '../options.js';
import { TOO_MANY } from '../http/plain-refusal.js';
import { refusal } from '../request-scope.js';
import { CLOSE, beginOperation, closeWith, endOperation, isOpen } from './websocket-connection.js';
import type { Connection, WebSocketOperation } from './websocket-connection.js';
import { INVALID, readMessage } from './read-message.js';
import { WebSocketSink, write } from './websocket-sink.js';

export interface ProtocolHooks {
  /** Whether the connection takes no new operation. */
  leaving(connection: Connection): boolean;
  /** An operation is over, and its last message is about to be written. */
  ended(connection: Connection): void;
}

/**
 * graphql-transport-ws: the authentication of a connection, and the preparation, execution and end of an operation.
 * https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
 */
export interface Protocol {
  opened(connection: Connection): void;
  receive(connection: Connection, text: string): void;
  closed(connection: Connection): void;
}

/** An id is sent back with every result. */
const MAX_ID_LENGTH = 256;
/** Beyond this backlog, the payload of a ping is not sent back. */
const MAX_ECHO_BACKLOG = 1 << 16;

export function createProtocol(
  options: ServedOptions,
  connections: ConnectionCounts,
  limits: ConnectionLimits,
  hooks: ProtocolHooks,
): Protocol {
  const { verifier, metrics, connectionInitMs = 3_000 } = options;
  const operations = createOperations(options, 'websocket', connections);

  const end = (connection: Connection, operation: WebSocketOperation): void => {
    endOperation(connection, operation);
    hooks.ended(connection);
  };

  const fail = (connection: Connection, operation: WebSocketOperation, errors: readonly GraphQLError[]): void => {
    if (!isOpen(connection, operation)) return;
    const payload = errors.map((error) => formatError(error, operation));
    // First, so that the client may reuse the id as soon as it gets the message.
    end(connection, operation);
    void write(connection, { id: operation.id, type: MessageType.Error, payload }, metrics);
  };

  const complete = (connection: Connection, operation: WebSocketOperation): void => {
    if (!isOpen(connection, operation)) return;
    end(connection, operation);
    void write(connection, { id: operation.id, type: MessageType.Complete }, metrics);
  };

  /** @returns whether the network has taken it */
  const next = async (
    connection: Connection,
    operation: WebSocketOperation,
    result: ExecutionResult,
  ): Promise<boolean> => {
    return (
      isOpen(connection, operation) &&
      write(connection, { id: operation.id, type: MessageType.Next, payload: formatResult(result, operation) }, metrics)
    );
  };

  /** The refusal of an operation before it is prepared. */
  const refusalOf = (connection: Connection): GraphQLError | null => {
    const { operations: open, running } = connection;
    if (hooks.leaving(connection)) return refusal('UNAVAILABLE', 'The server is stopping: connect again.');
    // An operation that the client has ended takes a moment to stop, in which the client may begin another, but not
    // any number of others.
    if (open.size <= limits.operationsPerSocket && running <= 2 * limits.operationsPerSocket) return null;
    metrics.connectionsRefused.inc({ reason: 'operations' });
    return refusal(
      'TOO_MANY_REQUESTS',
      `At most ${limits.operationsPerSocket} operations may be open on one socket: end some first.`,
    );
  };

  /** Answers the operation, or starts its results. @returns the results; null where it has been answered */
  const begin = async (
    connection: Connection,
    operation: WebSocketOperation,
    payload: SubscribeMessage['payload'],
  ): Promise<AsyncIterable<ExecutionResult> | null> => {
    const refused = refusalOf(connection);
    const failed = (errors: readonly GraphQLError[]): null => {
      fail(connection, operation, errors);
      return null;
    };
    if (refused) return failed([refused]);
    const { id, traceId, logger, controller } = operation;
    const { viewer, clientAddress } = connection;
    const { signal } = controller;
    const prepared = await operations.prepare(payload, {
      viewer,
      clientAddress,
      traceId,
      traceparent: payload.extensions?.traceparent,
      logger,
      signal,
      sink: new WebSocketSink(connection, id, signal),
    });
    if (isErrors(prepared)) return failed(prepared);
    operation.subscription = isSubscription(prepared);
    if (!isOpen(connection, operation)) return null;
    if (!operation.subscription) {
      await next(connection, operation, await operations.execute(prepared));
      complete(connection, operation);
      return null;
    }
    const results = await operations.subscribe(prepared);
    if (Symbol.asyncIterator in results) return results;
    await next(connection, operation, results);
    complete(connection, operation);
    return null;
  };

  const pass = async (
    connection: Connection,
    operation: WebSocketOperation,
    results: AsyncIterable<ExecutionResult>,
  ): Promise<void> => {
    const iterator = results[Symbol.asyncIterator]();
    // It may wait for its next result for ever: ending it must not wait for that.
    operation.endResults = () => guard(connection, Promise.resolve(iterator.return?.()));
    if (!isOpen(connection, operation)) return operation.endResults();
    try {
      for (let step = await iterator.next(); !step.done; step = await iterator.next()) {
        // The close of a socket is reported later; results in a tight loop would keep it from being reported at all.
        if (!(await next(connection, operation, step.value))) return operation.endResults();
      }
    } catch (error) {
      return fail(connection, operation, [asGraphQLError(error)]);
    } finally {
      operation.endResults = () => undefined;
    }
    complete(connection, operation);
  };

  const subscribe = (connection: Connection, { id, payload }: SubscribeMessage): void => {
    if (connection.state !== 'acknowledged') return closeWith(connection, CLOSE.UNAUTHORIZED, 'Unauthorized');
    if (id.length > MAX_ID_LENGTH)
      return closeWith(connection, CLOSE.BAD_MESSAGE, `An id has at most ${MAX_ID_LENGTH} characters`);
    if (connection.operations.has(id))
      return closeWith(connection, CLOSE.ID_IN_USE, `Subscriber for ${id} already exists`);
    const operation = beginOperation(connection, id, payload.extensions?.traceparent);
    guard(connection, run(connection, operation, begin(connection, operation, payload)));
  };

  const over = (connection: Connection, operation: WebSocketOperation): void => {
    connection.running--;
    endOperation(connection, operation);
  };

  /** The results go to the sink, and nothing waits here for their end: there are tens of thousands of them. */
  const deliver = (connection: Connection, operation: WebSocketOperation, results: Delivered): void => {
    if (!isOpen(connection, operation)) return over(connection, operation);
    operation.endResults = () => results.cancel();
    results.start((failure) => {
      operation.endResults = () => undefined;
      if (failure) fail(connection, operation, [asGraphQLError(failure)]);
      else complete(connection, operation);
      over(connection, operation);
    });
  };

  // Takes no payload and no context: these live for as long as the results that are waited for here.
  const run = async (
    connection: Connection,
    operation: WebSocketOperation,
    beginning: Promise<AsyncIterable<ExecutionResult> | null>,
  ): Promise<void> => {
    let delivering = false;
    try {
      const results = await beginning;
      if (!results) return;
      delivering = isDelivered(results);
      if (isDelivered(results)) deliver(connection, operation, results);
      else await pass(connection, operation, results);
    } finally {
      if (!delivering) over(connection, operation);
    }
  };

  // Without a token the connection can sign in; everything else is UNAUTHENTICATED.
  const initialise = async (connection: Connection, params: ConnectionInitMessage['payload']): Promise<void> => {
    if (connection.state !== 'opened')
      return closeWith(connection, CLOSE.INIT_TWICE, 'Too many initialisation requests');
    connection.state = 'initialising';
    const { socket } = connection;
    try {
      connection.viewer = await authenticate(verifier, params?.authorization ?? params?.Authorization);
    } catch (error) {
      if (error instanceof InvalidTokenError)
        return closeWith(connection, CLOSE.FORBIDDEN, `Forbidden: ${error.message}`);
      if (!(error instanceof IdentityUnavailableError)) throw error;
      connection.logger.warn({ err: error }, 'a token could not be verified');
      return closeWith(connection, CLOSE.TRY_AGAIN_LATER, error.message);
    }
    if (socket.readyState !== socket.OPEN) return;
    const { viewer } = connection;
    if (viewer) {
      const release = connections.takeUser(viewer.userId);
      if (!release)
        return closeWith(connection, CLOSE.TRY_AGAIN_LATER, `${TOO_MANY.user.code}: ${TOO_MANY.user.message}`);
      // In place of the timers for a client that never signs in.
      for (const act of connection.atClose) act();
      const forget = at(viewer.expiresAt, () => closeWith(connection, CLOSE.FORBIDDEN, 'Token expired'));
      connection.atClose = [release, forget];
    }
    connection.state = 'acknowledged';
    await write(connection, { type: MessageType.ConnectionAck }, metrics);
  };

  /** An unexpected error ends the socket. */
  const fault = (connection: Connection, error: unknown): void => {
    connection.logger.error({ err: error }, 'handling a WebSocket message failed; the socket is closed');
    closeWith(connection, CLOSE.FAULT, 'Internal server error');
  };

  const guard = (connection: Connection, work: Promise<unknown>): void =>
    void work.catch((error: unknown) => fault(connection, error));

  const handle = (connection: Connection, message: Message): void => {
    const { socket, operations: open } = connection;
    switch (message.type) {
      case MessageType.ConnectionInit:
        return guard(connection, initialise(connection, message.payload));
      case MessageType.Ping: {
        const echo = message.payload && socket.bufferedAmount <= MAX_ECHO_BACKLOG ? { payload: message.payload } : {};
        return void write(connection, { type: MessageType.Pong, ...echo }, metrics);
      }
      case MessageType.Pong:
        return;
      case MessageType.Subscribe:
        return subscribe(connection, message);
      case MessageType.Complete: {
        const operation = open.get(message.id);
        if (operation) endOperation(connection, operation);
        return;
      }
      default:
        // A message type that only servers send.
        return closeWith(connection, CLOSE.BAD_MESSAGE, INVALID);
    }
  };

  return {
    opened(connection) {
      const { socket } = connection;
      if (socket.protocol === '') return closeWith(connection, CLOSE.UNKNOWN_PROTOCOL, 'Subprotocol not acceptable');
      const waiting = setTimeout(() => {
        if (connection.state === 'opened')
          closeWith(connection, CLOSE.INIT_TIMEOUT, 'Connection initialisation timeout');
      }, connectionInitMs);
      const anonymous = at(new Date(Date.now() + limits.anonymousMs), () => {
        if (connection.viewer || socket.readyState !== socket.OPEN) return;
        metrics.connectionsEnded.inc({ reason: 'anonymous' });
        closeWith(
          connection,
          CLOSE.FORBIDDEN,
          'Without a token a connection is closed after a while: sign in, and connect with the token',
        );
      });
      connection.atClose = [() => clearTimeout(waiting), anonymous];
    },
    receive(connection, text) {
      const message = readMessage(text);
      if (typeof message === 'string') return closeWith(connection, CLOSE.BAD_MESSAGE, message);
      try {
        handle(connection, message);
      } catch (error) {
        fault(connection, error);
      }
    },
    closed(connection) {
      for (const act of connection.atClose) act();
      connection.atClose = [];
      for (const operation of connection.operations.values()) endOperation(connection, operation);
    },
  };
}
