import type { BoardDescription } from './board.js';
import { of, orNone, perSecond, quantile } from './queries.js';

export const writePath: BoardDescription = {
  uid: 'madang-write-path',
  title: 'write path',
  description: 'A mutation becomes a durable command, is decided, stored and published.',
  rows: [
    {
      title: 'Commands',
      panels: [
        {
          title: 'Accepted and decided',
          description: 'Decided below accepted for long: see the waiting commands.',
          unit: 'ops',
          queries: [
            { expr: perSecond('madang_commands_accepted_total'), legend: 'accepted' },
            { expr: perSecond('madang_commands_decided_total'), legend: 'decided' },
            { expr: orNone(perSecond('madang_commands_rejected_total')), legend: 'refused by the domain' },
          ],
        },
        {
          title: 'Refused by the domain',
          description: 'MALFORMED_COMMAND and COMMAND_FAILED: see the dead letters.',
          unit: 'ops',
          queries: [{ expr: perSecond('madang_commands_rejected_total', 'code'), legend: '{{code}}' }],
          stacked: true,
        },
        {
          title: 'Repeated, and refused by a rate limit',
          description: 'Repeated: clients get no answers, or send in loops. Refused: they ignore retryAfterMs.',
          unit: 'ops',
          queries: [
            { expr: orNone(perSecond('madang_commands_repeated_total')), legend: 'repeated' },
            { expr: orNone(perSecond('madang_writes_refused_total')), legend: 'refused' },
          ],
        },
      ],
    },
    {
      title: 'Time',
      panels: [
        {
          title: 'Until durable',
          description: 'High: the disk of PostgreSQL, or the brokers.',
          unit: 's',
          queries: [
            { expr: quantile(0.5, 'madang_command_accepted_seconds'), legend: 'median' },
            { expr: quantile(0.99, 'madang_command_accepted_seconds'), legend: '99 %' },
          ],
        },
        {
          title: 'Until the receipt, by type',
          description: '99 of 100 take less.',
          unit: 's',
          queries: [{ expr: quantile(0.99, 'madang_command_decided_seconds', 'type'), legend: '{{type}}' }],
        },
        {
          title: 'A batch',
          description: 'Deciding and storing it. High: commits are slow.',
          unit: 's',
          queries: [
            { expr: quantile(0.5, 'madang_decide_batch_seconds', 'queue'), legend: '{{queue}}, median' },
            { expr: quantile(0.99, 'madang_decide_batch_seconds', 'queue'), legend: '{{queue}}, 99 %' },
          ],
        },
      ],
    },
    {
      title: 'Waiting',
      panels: [
        {
          title: 'Waiting commands',
          description: 'Grows: no process owns the partition, or PostgreSQL is slow.',
          unit: 'short',
          queries: [
            {
              expr: `min by (queue, partition) (${of('madang_decider_lag_commands')})`,
              legend: '{{queue}} {{partition}}',
            },
          ],
        },
        {
          title: 'Age of the next command',
          description: 'For commands: seconds mean a decider in trouble. For gifticon requests: the queue.',
          unit: 's',
          queries: [
            {
              expr: `max by (queue, partition) (${of('madang_decider_oldest_command_seconds')})`,
              legend: '{{queue}} {{partition}}',
            },
          ],
        },
        {
          title: 'Published events',
          description: 'Constant while commands are decided: the feed is away.',
          unit: 'ops',
          queries: [{ expr: perSecond('madang_events_published_total'), legend: 'events' }],
        },
      ],
    },
    {
      title: 'Faults',
      panels: [
        {
          title: 'Dead letters',
          description: 'Records that could not be handled, by source.',
          unit: 'short',
          queries: [
            { expr: `sum by (source) (${of('madang_dead_letters_total')})`, legend: '{{source}}, since the start' },
            { expr: `max by (source) (${of('madang_dead_letters_waiting')})`, legend: '{{source}}, waiting' },
          ],
        },
        {
          title: 'Lost by the database',
          description: 'It went back in time: see docs/operations.md.',
          unit: 'short',
          queries: [
            { expr: `max by (partition) (${of('madang_lost_events_total')})`, legend: 'partition {{partition}}' },
          ],
        },
        {
          title: 'Consumers',
          description: 'Restarts all the time, or one that fails: see the log of the process.',
          unit: 'short',
          queries: [
            {
              expr: perSecond('madang_consumer_restarts_total', 'instance'),
              legend: '{{instance}}, restarts a second',
            },
            { expr: of('madang_consumers_failing'), legend: '{{instance}}, failing' },
          ],
        },
        {
          title: 'Clocks',
          description: 'More than 2 s either way: set both by the same time server.',
          unit: 's',
          queries: [
            { expr: of('madang_clock_offset_seconds'), legend: '{{instance}}, ahead of the {{of}}' },
            {
              expr: `max by (queue, partition) (${of('madang_partition_time_ahead_seconds')})`,
              legend: '{{queue}} {{partition}}, ahead of the database',
            },
          ],
        },
      ],
    },
  ],
};
