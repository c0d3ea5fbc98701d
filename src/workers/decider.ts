import { commandDefinition } from '../commands/registry.js';
import type { Config } from '../config.js';
import type { Decider } from '../engine/decider/decider.js';
import { startDecider } from '../engine/decider/decider.js';
import { isNoFaultOfTheRecord } from '../engine/postgres/errors.js';
import { postgresProcessCheckpoints } from '../engine/postgres/process-checkpoints.js';
import type { ProcessManagers } from '../engine/process-manager/process-manager.js';
import { startProcessManagers } from '../engine/process-manager/process-manager.js';
import type { Lifecycle } from '../engine/runtime/lifecycle.js';
import type { Logger } from '../engine/runtime/logging.js';
import type { Tracer } from '../engine/runtime/tracing.js';
import type { DeadLetters } from '../engine/store/dead-letters.js';
import { eraseAccounts } from '../erasure/erase-accounts.js';
import type { Erasure } from '../erasure/erasure.js';
import { startErasureSweeps } from '../erasure/sweep-erased.js';
import type { Metrics } from '../metrics.js';
import type { Foundation } from '../wiring/foundation.js';
import type { LogEngine } from '../wiring/log.js';
import { registerClaimedUser } from './register-claimed-user.js';

export interface DeciderSetup {
  readonly config: Pick<Config, 'handleReserveMs'>;
  readonly foundation: Foundation;
  readonly engine: LogEngine;
  readonly deadLetters: DeadLetters;
  readonly erasure: Erasure;
  readonly tracer?: Tracer | undefined;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const POLL_INTERVAL_MS = 1_000;

/** The `decider` role: commands become events, some events further commands, and deleted accounts are swept up. */
export async function openDecider(
  setup: DeciderSetup,
): Promise<{ readonly decider: Decider; readonly managers: ProcessManagers }> {
  const { config, foundation, engine, deadLetters, erasure, tracer, lifecycle, logger, metrics } = setup;
  const { pool, store } = foundation;
  const decider = await startDecider({
    commands: commandDefinition,
    log: engine.commands,
    store,
    writable: foundation.writable,
    feed: engine.feed,
    deadLetters,
    isTransient: isNoFaultOfTheRecord,
    logger,
    metrics,
    tracer,
  });
  lifecycle.onStop('the decider', () => decider.stop());
  const managers = await startProcessManagers({
    managers: [registerClaimedUser, eraseAccounts({ erasure, events: store, reserveHandleMs: config.handleReserveMs })],
    log: engine.commands,
    feed: engine.feed,
    events: store,
    checkpoints: postgresProcessCheckpoints(pool),
    pollIntervalMs: POLL_INTERVAL_MS,
    logger,
  });
  lifecycle.onStop('the process managers', () => managers.stop());
  const sweeps = startErasureSweeps({ erasure, everyMs: POLL_INTERVAL_MS, logger });
  lifecycle.onStop('the erasure sweeps', () => sweeps.stop());
  return { decider, managers };
}
