import { createEngineMetrics, metricsOf } from './engine/runtime/metrics.js';
import { createServerMetrics } from './server/metrics.js';

/** Measurements of a Madang process, by name: the engine's, the server's and those of its own features. */
export function createMetrics() {
  const engine = createEngineMetrics();
  const { counter, gauge } = metricsOf(engine.registry);
  return {
    ...engine,
    ...createServerMetrics(engine),
    writesRefused: counter('writes_refused_total', 'Mutations refused because they came faster than they may', [
      'mutation',
    ]),
    accountsErasing: gauge('accounts_erasing', 'Deleted accounts whose late commands are still swept up', []),
    issuerRate: gauge('issuer_rate_requests', 'Gifticon requests a second that this issuer may decide now', []),
    issuerTarget: gauge(
      'issuer_target_requests',
      'Gifticon requests a second that the database is believed to take from this issuer',
      [],
    ),
    issuerBaselineSeconds: gauge(
      'issuer_baseline_latency_seconds',
      'What a commit of the issuer takes on an unhurried database',
      [],
    ),
    issuerLatencySeconds: gauge('issuer_latency_seconds', 'What a commit of the issuer takes now', []),
    issuerDecisions: counter('issuer_decisions_total', 'Changes of the issuer’s mind about its pace', ['reason']),
    gifticonAnswers: counter('gifticon_answers_total', 'Gifticon requests by how they were answered at once', [
      'answer',
    ]),
    hotRooms: gauge('hot_rooms', 'Rooms that are hot, as this process knows', []),
    hotRoomShed: gauge(
      'hot_room_shed_ratio',
      'Part of the pages of hot rooms, the newest aside, that this process refuses because it is late',
      [],
    ),
    heatLeader: gauge('heat_leader', '1 while this process decides which rooms are hot', []),
    heatAlone: gauge('heat_alone', '1 while this process decides on its own counts which rooms are hot', []),
    heatChanges: counter(
      'heat_changes_total',
      'Rooms that turned hot or cooled, as this process decided, and whether counts or an override did it',
      ['state', 'by'],
    ),
    heatReports: counter('heat_reports_total', 'Reports of fetches to the other servers', ['outcome']),
    hotRoomFetches: counter(
      'hot_room_fetches_total',
      'Fetches that a hot room may throttle, by the state of the room and how they were answered; ' +
        'and reads ahead of them',
      ['state', 'outcome'],
    ),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
