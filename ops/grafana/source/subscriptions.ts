import type { BoardDescription } from './board.js';
import { of, perSecond, quantile } from './queries.js';

export const subscriptions: BoardDescription = {
  uid: 'madang-subscriptions',
  title: 'subscriptions',
  description: 'Events are pushed to subscribers; connections and their limits.',
  rows: [
    {
      title: 'Push',
      panels: [
        {
          title: 'Subscribers',
          description: 'Open, by transport.',
          unit: 'short',
          queries: [
            { expr: `sum by (transport) (${of('madang_subscribers')})`, legend: '{{transport}}' },
            { expr: `sum(${of('madang_fan_out_groups')})`, legend: 'groups that share an execution' },
          ],
        },
        {
          title: 'Events pushed',
          description: 'Executions near the number of pushes: clients select viewer-specific fields.',
          unit: 'ops',
          queries: [
            { expr: perSecond('madang_events_pushed_total'), legend: 'pushes' },
            { expr: perSecond('madang_fan_out_executions_total'), legend: 'executions' },
          ],
        },
        {
          title: 'From the acceptance of a command to the sockets',
          description: 'By the clocks of two servers.',
          unit: 's',
          queries: [
            { expr: quantile(0.5, 'madang_push_seconds'), legend: 'median' },
            { expr: quantile(0.99, 'madang_push_seconds'), legend: '99 %' },
          ],
        },
        {
          title: 'Lag',
          description: 'Decided and not seen by the process. Grows: it is overloaded, or cannot read the event store.',
          unit: 'short',
          queries: [{ expr: `sum by (instance) (${of('madang_feed_lag_events')})`, legend: '{{instance}}' }],
        },
        {
          title: 'Too slow',
          description: 'Subscriptions that were ended, with a position to resume from.',
          unit: 'ops',
          queries: [{ expr: perSecond('madang_subscribers_lagged_total', 'instance'), legend: '{{instance}}' }],
        },
        {
          title: 'Time to begin',
          description: '99 of 100 requests take less, by operation and transport.',
          unit: 's',
          queries: [
            {
              expr: quantile(0.99, 'madang_graphql_request_seconds', 'operation, transport'),
              legend: '{{operation}}, {{transport}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Connections',
      panels: [
        {
          title: 'Open',
          description: 'Near MADANG_CONNECTIONS: add api processes, or a client only opens connections.',
          unit: 'short',
          queries: [
            { expr: `sum by (instance) (${of('madang_http_connections')})`, legend: '{{instance}}, all' },
            { expr: `sum by (instance) (${of('madang_websocket_connections')})`, legend: '{{instance}}, WebSocket' },
          ],
        },
        {
          title: 'Refused',
          description: 'By reason, since the start; docs/operations.md has the limits.',
          unit: 'short',
          queries: [{ expr: `sum by (reason) (${of('madang_connections_refused_total')})`, legend: '{{reason}}' }],
        },
        {
          title: 'Ended',
          description: 'By reason, since the start. Many at once: the network, or an attack.',
          unit: 'short',
          queries: [{ expr: `sum by (reason) (${of('madang_connections_ended_total')})`, legend: '{{reason}}' }],
        },
        {
          title: 'Answers that were too large',
          description: 'Any: a client with too large pages, or an attack.',
          unit: 'ops',
          queries: [{ expr: perSecond('madang_answers_too_large_total'), legend: 'answers' }],
        },
        {
          title: 'Errors',
          description: 'By code and transport.',
          unit: 'ops',
          queries: [
            { expr: perSecond('madang_graphql_errors_total', 'code, transport'), legend: '{{code}}, {{transport}}' },
          ],
        },
      ],
    },
  ],
};
