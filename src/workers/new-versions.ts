import type { Lifecycle } from '../engine/runtime/lifecycle.js';
import type { Logger } from '../engine/runtime/logging.js';
import { createPacer } from '../engine/pacing/pacer.js';
import { buildNewVersions } from '../engine/rebuild/new-versions.js';
import type { Foundation } from '../wiring/foundation.js';
import { openGenerations } from './generations.js';
import type { ReadModels } from './projector.js';
import type { Servers } from '../wiring/servers.js';

export interface NewVersionsSetup {
  readonly foundation: Foundation;
  readonly servers: Servers;
  readonly models: ReadModels;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
}

const POLL_INTERVAL_MS = 10_000;
/** Nobody waits for it, so it builds one partition at a time, and yields to all other work. */
const PARALLEL = 1;
const CONNECTIONS = 3;

/**
 * Builds read models in the background whose version this release has raised. Without such a read model it opens no
 * connection.
 */
export function openNewVersions({ foundation, servers, models, lifecycle, logger }: NewVersionsSetup): void {
  const { pool, run, store, settings } = foundation;
  const setup = {
    pool,
    run,
    databaseUrl: servers.databaseUrl,
    logId: settings.logId,
    models,
    connections: CONNECTIONS,
    purpose: 'new version',
    lifecycle,
  };
  const { generations, choices } = openGenerations(setup);
  const pacer = createPacer({ bounds: { minRate: 1, maxRate: null } });
  const building = buildNewVersions({
    choices,
    generations,
    events: store,
    partitions: settings.partitions,
    parallel: PARALLEL,
    pace: pacer,
    pollIntervalMs: POLL_INTERVAL_MS,
    logger,
  });
  lifecycle.onStop('building new versions of read models', async () => {
    // Ends the waits for the pacer as well.
    const stopped = building.stop();
    pacer.stop();
    await stopped;
  });
}
