import { commandDefinition } from '../commands/registry.js';
import type { CommandGateway } from '../engine/gateway/command-gateway.js';
import { createCommandGateway } from '../engine/gateway/command-gateway.js';
import { createReadModelProgress } from '../engine/gateway/read-model-progress.js';
import { createReceiptWaiters } from '../engine/gateway/receipt-waiters.js';
import { createSessionPositions } from '../engine/gateway/session-positions.js';
import { createMetrics } from '../metrics.js';
import type { LogEngine } from '../wiring/log.js';
import { openLogEngine } from '../wiring/log.js';
import type { Connection } from './connect.js';

export interface CliGateway {
  /** Waits for outcomes, not for read models. */
  readonly commands: CommandGateway;
  readonly engine: LogEngine;
}

const POLL_INTERVAL_MS = 20;
const TIMEOUT_MS = 10_000;

/** The command gateway of the operator's tool. Closed with the connection. */
export async function openGateway({
  config,
  servers,
  pool,
  run,
  store,
  settings,
  writable,
  lifecycle,
  logger,
}: Connection): Promise<CliGateway> {
  const engine = await openLogEngine({ config, servers, pool, run, settings, writable, lifecycle, logger });
  const waiters = createReceiptWaiters({ store, pollIntervalMs: POLL_INTERVAL_MS, logger });
  lifecycle.onStop('those who wait for outcomes', () => waiters.stop());
  const progress = createReadModelProgress({
    models: [],
    events: store,
    partitions: settings.partitions,
    pollIntervalMs: POLL_INTERVAL_MS,
    logger,
  });
  lifecycle.onStop('those who wait for read models', () => progress.stop());
  const commands = createCommandGateway({
    commands: commandDefinition,
    log: engine.commands,
    store,
    waiters,
    progress,
    sessions: createSessionPositions(1, TIMEOUT_MS),
    timeoutMs: TIMEOUT_MS,
    logger,
    metrics: createMetrics(),
  });
  return { commands, engine };
}
