import type { EngineMetrics } from '../engine/runtime/metrics.js';
import { metricsOf } from '../engine/runtime/metrics.js';

/** Measurements of the server, by name, in the registry of the engine that it serves. */
export function createServerMetrics({
  registry,
  connectionsRefused,
}: Pick<EngineMetrics, 'registry' | 'connectionsRefused'>) {
  const { counter, gauge, histogram } = metricsOf(registry);
  return {
    registry,
    connectionsRefused,
    answersRefused: counter('answers_too_large_total', 'Answers refused because of their size', []),
    graphqlErrors: counter('graphql_errors_total', 'Errors in answers to clients, by code', ['code', 'transport']),
    ready: gauge('ready', '1 if this process is able to serve, as /readyz says, else 0', []),
    dependencyUp: gauge(
      'dependency_up',
      '1 if the last check of a server that this process needs was answered, else 0',
      ['dependency'],
    ),
    connections: gauge('websocket_connections', 'Open WebSocket connections', []),
    httpConnections: gauge(
      'http_connections',
      'Open TCP connections of the API, WebSockets and streams among them',
      [],
    ),
    connectionsEnded: counter(
      'connections_ended_total',
      'Connections that the server ended for a fault of their clients',
      ['reason'],
    ),
    requestSeconds: histogram('graphql_request_seconds', 'GraphQL requests by operation type', [
      'operation',
      'transport',
    ]),
  };
}

export type ServerMetrics = ReturnType<typeof createServerMetrics>;
