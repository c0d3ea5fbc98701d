import { GraphQLError } from 'graphql';
import { makeServer } from 'graphql-ws';
import type { Server } from 'graphql-ws';
import { authenticate } from '../../identity/authenticate.js';
import { IdentityUnavailableError, InvalidTokenError } from '../../identity/identity.js';
import { RETRY_AFTER_MS, formatError } from '../../schema/format-error.js';
import { at } from './expiry.js';
import { createOperations, formatResult, isErrors, isSubscription } from './operations.js';
import type { ServedOptions } from './options.js';
import { CLOSE, beginOperation, endOperation } from './websocket-connection.js';
import type { Connection } from './websocket-connection.js';
import { createWebSocketSink } from './websocket-sink.js';

export interface ProtocolHooks {
  stopping(): boolean;
  /** An operation is over, and its last message is about to be written. */
  ended(connection: Connection): void;
}

/** graphql-transport-ws over a connection: who may connect, and how an operation is prepared, executed and ended. */
export function createProtocol(options: ServedOptions, hooks: ProtocolHooks): Server<Connection> {
  const { verifier, maxOperationsPerSocket = 100, connectionInitMs = 3_000 } = options;
  const operations = createOperations(options, 'websocket');

  const end = (connection: Connection, id: string): void => {
    endOperation(connection, id);
    hooks.ended(connection);
  };

  return makeServer<Record<string, unknown>, Connection>({
    connectionInitWaitTimeout: connectionInitMs,
    execute: operations.execute,
    subscribe: operations.subscribe,

    // Without a token the connection is good for signing in; everything else answers UNAUTHENTICATED.
    async onConnect({ extra: connection, connectionParams: params }) {
      const { socket, logger } = connection;
      try {
        connection.viewer = await authenticate(verifier, params?.authorization ?? params?.Authorization);
      } catch (error) {
        if (error instanceof InvalidTokenError) socket.close(CLOSE.FORBIDDEN, closeReason(`Forbidden: ${error.message}`));
        else if (error instanceof IdentityUnavailableError) {
          logger.warn({ err: error }, 'a token could not be verified');
          socket.close(CLOSE.TRY_AGAIN_LATER, closeReason(error.message));
        } else throw error;
        return false;
      }
      if (connection.viewer && socket.readyState === socket.OPEN) {
        connection.forgetExpiry = at(connection.viewer.expiresAt, () => socket.close(CLOSE.FORBIDDEN, 'Token expired'));
      }
      return true;
    },

    async onSubscribe({ extra: connection, subscriptions }, id, payload) {
      connection.subscriptions = subscriptions;
      const operation = beginOperation(connection, id, payload.extensions?.traceparent);
      if (hooks.stopping()) return [refusal('UNAVAILABLE', 'The server is stopping: connect again.')];
      if (connection.operations.size > maxOperationsPerSocket) {
        return [refusal('TOO_MANY_REQUESTS', `At most ${maxOperationsPerSocket} operations may be open on one socket: end some first.`)];
      }
      const { traceId, logger, controller } = operation;
      const sink = createWebSocketSink(connection.socket, id, controller.signal);
      const prepared = await operations.prepare(payload, { viewer: connection.viewer, clientAddress: connection.clientAddress, traceId, logger, signal: controller.signal, sink });
      if (!isErrors(prepared)) operation.subscription = isSubscription(prepared);
      return prepared;
    },

    onNext: ({ extra: connection }, id, _payload, _args, result) => formatResult(result, connection.operations.get(id) ?? connection),

    onError({ extra: connection }, id, _payload, errors) {
      const formatted = errors.map((error) => formatError(error, connection.operations.get(id) ?? connection));
      end(connection, id);
      return formatted;
    },

    onComplete: ({ extra: connection }, id) => end(connection, id),
  });
}

function refusal(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code, retryAfterMs: RETRY_AFTER_MS } });
}

/** A close frame holds at most 123 bytes of reason. */
function closeReason(text: string): string {
  let cut = text;
  while (Buffer.byteLength(cut) > 123) cut = cut.slice(0, -1);
  return cut;
}
