import { createEngineMetrics, metricsOf } from './engine/runtime/metrics.js';
import { createServerMetrics } from './server/metrics.js';

/** Measurements of a Madang process, by name: the engine's, the server's and those of its own features. */
export function createMetrics() {
  const engine = createEngineMetrics();
  const { counter, gauge } = metricsOf(engine.registry);
  const metrics = {
    ...engine,
    ...createServerMetrics(engine),
    buildInfo: gauge('build_info', 'The program of this process; always 1', ['version', 'commit', 'node', 'engine']),
    role: gauge('role', '1 for each role of this process', ['role']),
    dataDirFree: gauge('data_dir_free_bytes', 'Free space of the file system with the embedded servers’ data', []),
    dataDirSize: gauge('data_dir_size_bytes', 'Size of the file system with the embedded servers’ data', []),
    certificateExpiry: gauge(
      'certificate_expiry_timestamp_seconds',
      'When the certificate of a server that this process reaches over TLS ends',
      ['dependency'],
    ),
    replicaReads: counter('replica_reads_total', 'Queries for which there is a replica, by their answer', ['outcome']),
    replicaUsable: gauge('replica_usable', '1 while read models are read from the replica', []),
    replicaLag: gauge('replica_lag_events', 'Events that this process knows and the replica does not have', []),
    traceSpans: counter('trace_spans_total', 'Spans of sampled traces, by whether the collector took them', ['result']),
    writesRefused: counter('writes_refused_total', 'Mutations refused by a rate limit', ['mutation']),
    accountsErasing: gauge('accounts_erasing', 'Deleted accounts whose late commands are still being erased', []),
    issuerRate: gauge('issuer_rate_requests', 'Gifticon requests a second that this issuer may decide now', []),
    issuerTarget: gauge(
      'issuer_target_requests',
      'Estimated gifticon requests a second that the database takes from this issuer',
      [],
    ),
    issuerBaselineSeconds: gauge(
      'issuer_baseline_latency_seconds',
      'Duration of a commit of the issuer on an unloaded database',
      [],
    ),
    issuerLatencySeconds: gauge('issuer_latency_seconds', 'Duration of a commit of the issuer now', []),
    issuerDecisions: counter('issuer_decisions_total', 'Changes of the issuer’s pace', ['reason']),
    gifticonAnswers: counter('gifticon_answers_total', 'Gifticon requests by their immediate answer', ['answer']),
    hotRooms: gauge('hot_rooms', 'Rooms that are hot in the view of this process', []),
    hotRoomShed: gauge(
      'hot_room_shed_ratio',
      'Fraction of older pages of hot rooms that this process sheds because its event loop is late',
      [],
    ),
    heatLeader: gauge('heat_leader', '1 while this process decides which rooms are hot', []),
    heatAlone: gauge('heat_alone', '1 while this process decides by its own counts which rooms are hot', []),
    heatChanges: counter(
      'heat_changes_total',
      'Rooms that turned hot or cooled by a decision of this process, and whether by counts or an override',
      ['state', 'by'],
    ),
    occupancyRooms: gauge('occupancy_rooms', 'Rooms whose connected users this process asks about', []),
    occupancySamples: counter('occupancy_samples_total', 'Samples of the connected users of rooms', ['outcome']),
    heatReports: counter('heat_reports_total', 'Reports of fetches to the other servers', ['outcome']),
    hotRoomFetches: counter(
      'hot_room_fetches_total',
      'Fetches that a hot room may throttle, by the state of the room and their answer; and reads ahead',
      ['state', 'outcome'],
    ),
  };
  // Gauges without labels begin at 0: only a process that reads from a replica has these two.
  for (const gauge of [metrics.replicaUsable, metrics.replicaLag]) gauge.remove();
  return metrics;
}

export type Metrics = ReturnType<typeof createMetrics>;
