import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { AgeGauge } from './age-gauge.js';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What Madang measures, by name. `docs/operations.md` says what each is for. */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'madang_' });
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name: `madang_${name}`, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Gauge({ name: `madang_${name}`, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Histogram({ name: `madang_${name}`, help, labelNames, buckets: SECONDS, registers });

  return {
    registry,
    commandsAccepted: counter('commands_accepted_total', 'Commands made durable in the command log', ['type']),
    commandsDecided: counter('commands_decided_total', 'Commands that produced events or changed nothing', ['type']),
    commandsRejected: counter('commands_rejected_total', 'Commands refused by the domain', ['type', 'code']),
    writesRefused: counter('writes_refused_total', 'Mutations refused because they came faster than they may', [
      'mutation',
    ]),
    commandsRepeated: counter('commands_repeated_total', 'Commands that had a receipt already', ['type']),
    eventsPublished: counter('events_published_total', 'Events handed to the event feed', []),
    eventsProjected: counter('events_projected_total', 'Events applied to a read model', ['projection']),
    eventsPushed: counter('events_pushed_total', 'Events written to subscribers', []),
    deadLetters: counter('dead_letters_total', 'Records that could not be handled', ['source']),
    lostEvents: counter(
      'lost_events_total',
      'Events that this process had heard of, and that the database lost when it went back in time',
      ['partition'],
    ),
    foreignRecords: counter(
      'foreign_records_total',
      'Records of the topic of events that this deployment did not write',
      [],
    ),
    consumerRestarts: counter(
      'consumer_restarts_total',
      'Times that a consumer of the log, or its work on a partition, failed and began anew',
      [],
    ),
    commandsLost: counter(
      'commands_lost_total',
      'Commands that retention deleted from the command topic before they were decided',
      ['queue'],
    ),
    topicsReplaced: counter(
      'command_topic_replaced_total',
      'Partitions of a command topic that were found cut off or made anew',
      ['queue'],
    ),
    subscribersLagged: counter(
      'subscribers_lagged_total',
      'Subscriptions ended because the client could not keep up',
      [],
    ),
    answersRefused: counter('answers_too_large_total', 'Answers that were refused because of their size', []),
    groupExecutions: counter(
      'fan_out_executions_total',
      'Executions of a selection set for a whole group of subscribers',
      [],
    ),

    graphqlErrors: counter('graphql_errors_total', 'Errors that clients were told, by code', ['code', 'transport']),
    ready: gauge('ready', '1 where this process is able to serve, as /readyz says, else 0', []),
    dependencyUp: gauge(
      'dependency_up',
      '1 where the last question of this process to a server that it needs was answered, else 0',
      ['dependency'],
    ),

    consumersFailing: gauge(
      'consumers_failing',
      'Consumers of the log in this process that fail again and again, and do no work',
      [],
    ),
    deciderLag: gauge('decider_lag_commands', 'Commands durable but not yet decided', ['queue', 'partition']),
    deciderOldest: new AgeGauge({
      name: 'madang_decider_oldest_command_seconds',
      help: 'Age of the command that is decided next; 0 when idle',
      labelNames: ['queue', 'partition'],
      registers,
    }),
    projectionLag: gauge('projection_lag_events', 'Events decided but not yet in the read model', [
      'projection',
      'partition',
    ]),
    accountsErasing: gauge('accounts_erasing', 'Deleted accounts whose late commands are still swept up', []),
    processManagerLag: gauge(
      'process_manager_lag_events',
      'Events decided but not yet answered by the process manager',
      ['manager', 'partition'],
    ),
    deadLettersWaiting: gauge('dead_letters_waiting', 'Dead letters that wait for an operator', ['source']),
    parkedKeys: gauge('parked_keys', 'Rooms, users and campaigns whose events the read model holds back', [
      'projection',
      'partition',
    ]),
    feedLag: gauge('feed_lag_events', 'Events decided but not yet seen by the fan-out of this process', ['partition']),
    clockOffset: gauge('clock_offset_seconds', 'How far the clock of this process is ahead of another one', ['of']),
    subscribers: gauge('subscribers', 'Open subscriptions', ['transport']),
    groups: gauge('fan_out_groups', 'Groups of subscribers that share an execution', []),
    connections: gauge('websocket_connections', 'Open WebSocket connections', []),
    httpConnections: gauge(
      'http_connections',
      'Open TCP connections of the API, WebSockets and streams among them',
      [],
    ),
    connectionsRefused: counter(
      'connections_refused_total',
      'Connections, sockets, streams and subscriptions that were not taken',
      ['reason'],
    ),
    connectionsEnded: counter(
      'connections_ended_total',
      'Connections that the server ended because of what their clients did',
      ['reason'],
    ),

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

    commandAcceptedSeconds: histogram('command_accepted_seconds', 'From the mutation to the durable command', ['type']),
    commandDecidedSeconds: histogram(
      'command_decided_seconds',
      'From the mutation to its receipt, for those who waited',
      ['type'],
    ),
    decideBatchSeconds: histogram('decide_batch_seconds', 'Deciding and storing a batch', ['queue']),
    projectBatchSeconds: histogram('project_batch_seconds', 'Applying a batch to a read model', ['projection']),
    pushSeconds: histogram(
      'push_seconds',
      'From the acceptance of a command to its events on the sockets of this process',
      [],
    ),
    requestSeconds: histogram('graphql_request_seconds', 'GraphQL requests by operation type', [
      'operation',
      'transport',
    ]),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
