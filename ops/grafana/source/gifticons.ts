import type { BoardDescription } from './board.js';
import { of, perSecond, quantile } from './queries.js';

const REQUESTS = 'queue=~".*gifticon.requests"';

export const gifticons: BoardDescription = {
  uid: 'madang-gifticons',
  title: 'gifticons',
  description: 'The request queue of campaigns, and its issuers. bin/madang campaign status shows a campaign.',
  rows: [
    {
      title: 'Queue',
      panels: [
        {
          title: 'Requests by their immediate answer',
          description: 'Queued, or refused at once: sold out, closed, not open yet, a second one.',
          unit: 'ops',
          queries: [{ expr: perSecond('madang_gifticon_answers_total', 'answer'), legend: '{{answer}}' }],
          stacked: true,
        },
        {
          title: 'Waiting requests',
          description: 'By partition; campaigns on different partitions drain in parallel.',
          unit: 'short',
          queries: [
            {
              expr: `min by (partition) (${of('madang_decider_lag_commands', REQUESTS)})`,
              legend: 'partition {{partition}}',
            },
          ],
          stacked: true,
        },
        {
          title: 'Waiting time',
          description: 'Age of the next request. A paused campaign holds its partition.',
          unit: 's',
          queries: [
            {
              expr: `max by (partition) (${of('madang_decider_oldest_command_seconds', REQUESTS)})`,
              legend: 'partition {{partition}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Issuers',
      panels: [
        {
          title: 'Pace',
          description: 'At GIFTICON_MIN_RATE for long: the log of the issuer has the reason.',
          unit: 'ops',
          queries: [
            { expr: of('madang_issuer_rate_requests'), legend: '{{instance}}, allowed' },
            { expr: of('madang_issuer_target_requests'), legend: '{{instance}}, estimate' },
            {
              expr: `sum(rate(${of('madang_commands_decided_total', 'type="RequestGifticon"')}[$__rate_interval]))`,
              legend: 'decided',
            },
          ],
        },
        {
          title: 'Commits',
          description: 'Twice the baseline and more: other work keeps the database busy.',
          unit: 's',
          queries: [
            { expr: of('madang_issuer_latency_seconds'), legend: '{{instance}}, now' },
            { expr: of('madang_issuer_baseline_latency_seconds'), legend: '{{instance}}, unloaded' },
          ],
        },
        {
          title: 'Changes of the pace',
          description: 'Since the start. errors, stalled: the database. waiting: too few connections.',
          unit: 'short',
          queries: [{ expr: `sum by (reason) (${of('madang_issuer_decisions_total')})`, legend: '{{reason}}' }],
        },
        {
          title: 'Chat meanwhile',
          description: '99 of 100 messages have their receipt sooner.',
          unit: 's',
          queries: [{ expr: quantile(0.99, 'madang_command_decided_seconds'), legend: '99 %' }],
        },
      ],
    },
  ],
};
