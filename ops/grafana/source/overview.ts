import type { BoardDescription } from './board.js';
import { of, orNone, perSecond, quantile } from './queries.js';

export const overview: BoardDescription = {
  uid: 'madang-overview',
  title: 'overview',
  description:
    'Is it up, is it fast, does anything wait? The alerts of ops/prometheus/alerts.yml are shown as a number.',
  rows: [
    {
      title: 'Now',
      panels: [
        {
          title: 'Alerts',
          description: 'Firing alerts. docs/runbook.md has an entry for each.',
          unit: 'short',
          queries: [{ expr: orNone('count(ALERTS{alertname=~"Madang.+", alertstate="firing"})'), legend: 'firing' }],
          number: { bad: 1 },
        },
        {
          title: 'Processes that are not ready',
          description: 'Their /readyz has the reason.',
          unit: 'short',
          queries: [{ expr: orNone(`count(${of('madang_ready')} == 0)`), legend: 'not ready' }],
          number: { bad: 1 },
        },
        {
          title: 'Servers away',
          description: 'PostgreSQL, the log, Redis or the identity provider, as the processes see them.',
          unit: 'short',
          queries: [{ expr: orNone(`count(${of('madang_dependency_up')} == 0)`), legend: 'away' }],
          number: { bad: 1 },
        },
        {
          title: 'Commands waiting',
          description: 'Durable and not decided; gifticon requests wait on purpose, and are not counted.',
          unit: 'short',
          queries: [
            {
              expr: `sum(min by (partition) (${of('madang_decider_lag_commands', 'queue!~".*gifticon.requests"')}))`,
              legend: 'waiting',
            },
          ],
          number: { bad: 1_000 },
        },
        {
          title: 'Dead letters waiting',
          description: 'bin/madang dead list shows them.',
          unit: 'short',
          queries: [{ expr: orNone(`sum(max by (source) (${of('madang_dead_letters_waiting')}))`), legend: 'waiting' }],
          number: { bad: 1 },
        },
        {
          title: 'Subscribers',
          description: 'Open subscriptions.',
          unit: 'short',
          queries: [{ expr: `sum(${of('madang_subscribers')})`, legend: 'open' }],
          number: {},
        },
      ],
    },
    {
      title: 'Service',
      panels: [
        {
          title: 'Commands accepted',
          description: 'Made durable, by type. None despite traffic: the command log is away.',
          unit: 'ops',
          queries: [{ expr: perSecond('madang_commands_accepted_total', 'type'), legend: '{{type}}' }],
          stacked: true,
        },
        {
          title: 'From the mutation to its receipt',
          description: 'High, with a low time until accepted (write path): the decider.',
          unit: 's',
          queries: [
            { expr: quantile(0.5, 'madang_command_decided_seconds'), legend: 'median' },
            { expr: quantile(0.99, 'madang_command_decided_seconds'), legend: '99 %' },
          ],
        },
        {
          title: 'From the mutation to the sockets',
          description: 'Measured by the clocks of two servers.',
          unit: 's',
          queries: [
            { expr: quantile(0.5, 'madang_push_seconds'), legend: 'median' },
            { expr: quantile(0.99, 'madang_push_seconds'), legend: '99 %' },
          ],
        },
        {
          title: 'Requests',
          description: '99 of 100 take less, by operation. For subscriptions: until they begin.',
          unit: 's',
          queries: [{ expr: quantile(0.99, 'madang_graphql_request_seconds', 'operation'), legend: '{{operation}}' }],
        },
        {
          title: 'Errors of the server',
          description: 'UNAVAILABLE: a server is away. INTERNAL: a bug, see the log.',
          unit: 'ops',
          queries: [
            {
              expr: orNone(perSecond('madang_graphql_errors_total', '', 'code=~"UNAVAILABLE|INTERNAL"')),
              legend: 'UNAVAILABLE and INTERNAL',
            },
          ],
        },
        {
          title: 'Errors of clients',
          description: 'Every other code; docs/errors.md has the meaning.',
          unit: 'ops',
          queries: [
            {
              expr: perSecond('madang_graphql_errors_total', 'code', 'code!~"UNAVAILABLE|INTERNAL"'),
              legend: '{{code}}',
            },
          ],
          stacked: true,
        },
      ],
    },
    {
      title: 'Processes',
      panels: [
        {
          title: 'Processors',
          description: 'Cores in use. Near 1 for a process with role api: start another one.',
          unit: 'short',
          queries: [
            { expr: `rate(${of('madang_process_cpu_seconds_total')}[$__rate_interval])`, legend: '{{instance}}' },
          ],
        },
        {
          title: 'Event loop',
          description: '99 of 100 turns are late by less. More than 0.5 s: more work than one processor can do.',
          unit: 's',
          queries: [{ expr: of('madang_nodejs_eventloop_lag_p99_seconds'), legend: '{{instance}}' }],
        },
        {
          title: 'Memory',
          description: 'Resident.',
          unit: 'bytes',
          queries: [{ expr: of('madang_process_resident_memory_bytes'), legend: '{{instance}}' }],
        },
        {
          title: 'Roles',
          description: 'Processes with each role. None with api, decider or projector: start one.',
          unit: 'short',
          queries: [{ expr: `sum by (role) (${of('madang_role')})`, legend: '{{role}}' }],
        },
        {
          title: 'Versions',
          description: 'Processes of each version. More than one for longer than a deployment: finish it.',
          unit: 'short',
          queries: [
            {
              expr: `count by (version, commit, node, engine) (${of('madang_build_info')})`,
              legend: '{{version}} {{commit}}, {{engine}}, Node {{node}}',
            },
          ],
        },
        {
          title: 'Servers',
          description: '1: every process reaches it.',
          unit: 'short',
          queries: [{ expr: `min by (dependency) (${of('madang_dependency_up')})`, legend: '{{dependency}}' }],
        },
      ],
    },
  ],
};
