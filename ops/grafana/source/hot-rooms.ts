import type { BoardDescription } from './board.js';
import { of, perSecond } from './queries.js';

export const hotRooms: BoardDescription = {
  uid: 'madang-hot-rooms',
  title: 'hot rooms',
  description: 'Rooms with so many fetches that their members share reads. bin/madang heat lists them.',
  rows: [
    {
      title: 'Heat',
      panels: [
        {
          title: 'Hot rooms',
          description: 'In the view of each process.',
          unit: 'short',
          queries: [{ expr: of('madang_hot_rooms'), legend: '{{instance}}' }],
        },
        {
          title: 'Changes',
          description: 'Since the start. Many for one room: its thresholds are too near each other.',
          unit: 'short',
          queries: [
            { expr: `sum by (state, by) (${of('madang_heat_changes_total')})`, legend: '{{state}}, by {{by}}' },
          ],
        },
        {
          title: 'Leaders, and servers that decide alone',
          description: 'Not one leader: no process has the role heat, or Redis is away.',
          unit: 'short',
          queries: [
            { expr: `sum(${of('madang_heat_leader')})`, legend: 'leaders' },
            { expr: `sum(${of('madang_heat_alone')})`, legend: 'alone' },
          ],
        },
      ],
    },
    {
      title: 'Fetches',
      panels: [
        {
          title: 'By answer',
          description: 'fresh: a read of its own. coalesced, cached: shared. Many refused: clients ignore the pace.',
          unit: 'ops',
          queries: [
            {
              expr: perSecond('madang_hot_room_fetches_total', 'state, outcome'),
              legend: '{{state}}, {{outcome}}',
            },
          ],
          stacked: true,
        },
        {
          title: 'Reports to the other servers',
          description: 'failed: Redis.',
          unit: 'ops',
          queries: [{ expr: perSecond('madang_heat_reports_total', 'outcome'), legend: '{{outcome}}' }],
        },
        {
          title: 'Load shedding',
          description: 'Above 0 for minutes: too few api processes, or too little CPU for them.',
          unit: 'percentunit',
          queries: [{ expr: of('madang_hot_room_shed_ratio'), legend: '{{instance}}' }],
        },
        {
          title: 'Event loop',
          description: '99 of 100 turns are late by less.',
          unit: 's',
          queries: [{ expr: of('madang_nodejs_eventloop_lag_p99_seconds'), legend: '{{instance}}' }],
        },
      ],
    },
  ],
};
