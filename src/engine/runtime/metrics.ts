import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { AgeGauge } from './age-gauge.js';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Makes metrics of a registry, under names that begin with `madang_`. */
export function metricsOf(registry: Registry) {
  const registers = [registry];
  return {
    counter: <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
      new Counter({ name: `madang_${name}`, help, labelNames, registers }),
    gauge: <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
      new Gauge({ name: `madang_${name}`, help, labelNames, registers }),
    ageGauge: <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
      new AgeGauge({ name: `madang_${name}`, help, labelNames, registers }),
    histogram: <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
      new Histogram({ name: `madang_${name}`, help, labelNames, buckets: SECONDS, registers }),
  };
}

/** Measurements of the engine, by name, and those of the process. `docs/operations.md` explains each. */
export function createEngineMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'madang_' });
  const { counter, gauge, ageGauge, histogram } = metricsOf(registry);
  return {
    registry,
    commandsAccepted: counter('commands_accepted_total', 'Commands made durable in the command log', ['type']),
    commandsDecided: counter('commands_decided_total', 'Commands that produced events or changed nothing', ['type']),
    commandsRejected: counter('commands_rejected_total', 'Commands refused by the domain', ['type', 'code']),
    commandsRepeated: counter('commands_repeated_total', 'Commands that had a receipt already', ['type']),
    eventsPublished: counter('events_published_total', 'Events handed to the event feed', []),
    eventsProjected: counter('events_projected_total', 'Events applied to a read model', ['projection']),
    eventsPushed: counter('events_pushed_total', 'Events written to subscribers', []),
    deadLetters: counter('dead_letters_total', 'Records that could not be handled', ['source']),
    lostEvents: counter(
      'lost_events_total',
      'Events that this process, or a read model in Redis, had seen and the database lost when it went back in time',
      ['partition'],
    ),
    versionsNotWritten: gauge(
      'versions_not_written',
      'Versions of events and commands that this process does not write, since another live process does not read them',
      [],
    ),
    foreignRecords: counter(
      'foreign_records_total',
      'Records of the topic of events that this deployment did not write',
      [],
    ),
    consumerRestarts: counter(
      'consumer_restarts_total',
      'Restarts of consumers of the log, or of their work on a partition, after a failure',
      [],
    ),
    commandsLost: counter(
      'commands_lost_total',
      'Commands that retention deleted from the command topic before they were decided',
      ['queue'],
    ),
    topicsReplaced: counter(
      'command_topic_replaced_total',
      'Partitions of a command topic that were found truncated or made anew',
      ['queue'],
    ),
    subscribersLagged: counter(
      'subscribers_lagged_total',
      'Subscriptions ended because the client could not keep up',
      [],
    ),
    groupExecutions: counter(
      'fan_out_executions_total',
      'Executions of a selection set for a whole group of subscribers',
      [],
    ),
    consumersFailing: gauge(
      'consumers_failing',
      'Consumers of the log in this process that fail again and again, and do no work',
      [],
    ),
    deciderLag: gauge('decider_lag_commands', 'Commands durable but not yet decided', ['queue', 'partition']),
    deciderOldest: ageGauge('decider_oldest_command_seconds', 'Age of the next command to decide; 0 when idle', [
      'queue',
      'partition',
    ]),
    projectionLag: gauge('projection_lag_events', 'Events decided but not yet in the read model', [
      'projection',
      'partition',
    ]),
    projectionPosition: gauge('projection_position', 'Position up to which the read model has the events', [
      'projection',
      'partition',
    ]),
    processManagerLag: gauge(
      'process_manager_lag_events',
      'Events decided but not yet answered by the process manager',
      ['manager', 'partition'],
    ),
    deadLettersWaiting: gauge('dead_letters_waiting', 'Dead letters waiting for an operator', ['source']),
    parkedKeys: gauge('parked_keys', 'Rooms, users and campaigns whose events the read model holds back', [
      'projection',
      'partition',
    ]),
    feedLag: gauge('feed_lag_events', 'Events decided but not yet seen by the fan-out of this process', ['partition']),
    partitionTimeAhead: gauge(
      'partition_time_ahead_seconds',
      'How far the time of the last decided command of a partition is ahead of the clock of the database',
      ['queue', 'partition'],
    ),
    clockOffset: gauge('clock_offset_seconds', 'How far the clock of this process is ahead of another one', ['of']),
    subscribers: gauge('subscribers', 'Open subscriptions', ['transport']),
    groups: gauge('fan_out_groups', 'Groups of subscribers that share an execution', []),
    connectionsRefused: counter(
      'connections_refused_total',
      'Connections, sockets, streams and subscriptions that were refused',
      ['reason'],
    ),
    commandAcceptedSeconds: histogram('command_accepted_seconds', 'From the mutation to the durable command', ['type']),
    commandDecidedSeconds: histogram(
      'command_decided_seconds',
      'From the mutation to its receipt, if the client waits for it',
      ['type'],
    ),
    decideBatchSeconds: histogram('decide_batch_seconds', 'Deciding and storing a batch', ['queue']),
    projectBatchSeconds: histogram('project_batch_seconds', 'Applying a batch to a read model', ['projection']),
    pushSeconds: histogram(
      'push_seconds',
      'From the acceptance of a command to its events on the sockets of this process',
      [],
    ),
  };
}

export type EngineMetrics = ReturnType<typeof createEngineMetrics>;
