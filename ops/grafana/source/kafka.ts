import type { BoardDescription } from './board.js';
import { of, orNone, perSecond, quantile } from './queries.js';

export const kafka: BoardDescription = {
  uid: 'madang-kafka',
  title: 'Kafka',
  description: 'The log as Madang sees it, where it is on Kafka. The brokers have metrics and exporters of their own.',
  rows: [
    {
      title: 'Log',
      panels: [
        {
          title: 'Brokers',
          description: '1: the process gets the ends of the command topics.',
          unit: 'short',
          queries: [{ expr: of('madang_dependency_up', 'dependency="command_log"'), legend: '{{instance}}' }],
        },
        {
          title: 'Until durable',
          description: 'From the mutation until all in-sync replicas have the command.',
          unit: 's',
          queries: [
            { expr: quantile(0.5, 'madang_command_accepted_seconds'), legend: 'median' },
            { expr: quantile(0.99, 'madang_command_accepted_seconds'), legend: '99 %' },
          ],
        },
        {
          title: 'Waiting commands',
          description: 'Of each partition of the topics of commands.',
          unit: 'short',
          queries: [
            {
              expr: `min by (queue, partition) (${of('madang_decider_lag_commands')})`,
              legend: '{{queue}} {{partition}}',
            },
          ],
        },
        {
          title: 'Events published',
          description: 'Constant while commands are decided: the brokers take no records.',
          unit: 'ops',
          queries: [
            { expr: perSecond('madang_events_published_total'), legend: 'published' },
            { expr: perSecond('madang_commands_decided_total'), legend: 'commands decided' },
          ],
        },
        {
          title: 'Events not seen yet',
          description: 'By the fan-out of each process. It reads PostgreSQL where the topic brings nothing.',
          unit: 'short',
          queries: [{ expr: `sum by (instance) (${of('madang_feed_lag_events')})`, legend: '{{instance}}' }],
        },
        {
          title: 'Clock of the brokers',
          description: 'How far the clock of the process is ahead of it. Commands are judged by the clock of the log.',
          unit: 's',
          queries: [{ expr: of('madang_clock_offset_seconds', 'of="broker"'), legend: '{{instance}}' }],
        },
      ],
    },
    {
      title: 'Faults',
      panels: [
        {
          title: 'Consumers',
          description: 'A consumer that restarts again and again: the rights, or an overloaded broker.',
          unit: 'short',
          queries: [
            { expr: of('madang_consumers_failing'), legend: '{{instance}}, failing' },
            {
              expr: perSecond('madang_consumer_restarts_total', 'instance'),
              legend: '{{instance}}, restarts a second',
            },
          ],
        },
        {
          title: 'Lost commands, replaced topics',
          description: 'Any: see the alerts MadangCommandsLost and MadangCommandTopicReplaced in docs/runbook.md.',
          unit: 'short',
          queries: [
            { expr: `sum by (queue) (${of('madang_commands_lost_total')})`, legend: '{{queue}}, lost by retention' },
            {
              expr: `sum by (queue) (${of('madang_command_topic_replaced_total')})`,
              legend: '{{queue}}, partitions replaced',
            },
          ],
        },
        {
          title: 'Foreign records',
          description: 'Any: another program writes to the topic of events. Its records are ignored.',
          unit: 'short',
          queries: [{ expr: `sum(${of('madang_foreign_records_total')})`, legend: 'records' }],
        },
        {
          title: 'Unreadable records',
          description: 'Dead letters of the topics of commands.',
          unit: 'short',
          queries: [
            {
              expr: orNone(`sum(max by (source) (${of('madang_dead_letters_waiting', 'source!~"projection:.+"')}))`),
              legend: 'waiting',
            },
          ],
        },
      ],
    },
  ],
};
