import { hostname } from 'node:os';
import type { ConsoleAccess, ProcessReports } from '../admin/console.js';
import { startActionRunner } from '../admin/action-runner.js';
import { postgresOperatorActions } from '../admin/postgres-operator-actions.js';
import { createPacer } from '../engine/pacing/pacer.js';
import { isTransient } from '../engine/postgres/errors.js';
import { deadLetterAdmin } from '../engine/postgres/dead-letter-admin.js';
import type { DeadLetters } from '../engine/store/dead-letters.js';
import { redisHeatOverrides } from '../hot-rooms/redis-heat-store.js';
import type { Lifecycle } from '../engine/runtime/lifecycle.js';
import type { Logger } from '../engine/runtime/logging.js';
import type { Foundation } from '../wiring/foundation.js';
import type { LogEngine } from '../wiring/log.js';
import type { Servers } from '../wiring/servers.js';
import { openGenerations } from './generations.js';
import type { ReadModels } from './projector.js';

export interface ConsoleSetup {
  readonly servers: Servers;
  readonly foundation: Foundation;
  readonly engine: LogEngine;
  readonly models: ReadModels;
  readonly deadLetters: DeadLetters;
  readonly processes: ProcessReports;
  readonly lifecycle: Lifecycle;
}

/** For work on one partition at a time, and for questions. The pool opens them only when they are needed. */
const CONNECTIONS = 3;

/** The parts that the console and the actions of operators need. Without a question it opens no connection. */
export function openConsole(setup: ConsoleSetup): ConsoleAccess {
  const { servers, foundation, engine, models, deadLetters, processes, lifecycle } = setup;
  const { pool, run, store, settings } = foundation;
  const { generations, choices } = openGenerations({
    pool,
    run,
    databaseUrl: servers.databaseUrl,
    logId: settings.logId,
    models,
    connections: CONNECTIONS,
    purpose: 'console',
    lifecycle,
  });
  return {
    readModels: { sets: models.sets, choices, generations, events: store, partitions: settings.partitions },
    deadLetters: {
      admin: deadLetterAdmin(pool),
      letters: deadLetters,
      store,
      openLog: () => Promise.resolve(engine),
    },
    heat: redisHeatOverrides(models.redis, settings.logId),
    actions: postgresOperatorActions(pool),
    store,
    commandLog: engine.commands,
    processes,
    runner: `madang on ${hostname().slice(0, 24)}, process ${process.pid}`,
  };
}

const POLL_INTERVAL_MS = 1_000;
/** Work for an operator gives way to all other work on the database. */
const PARALLEL = 1;

/** In processes with the role `projector`: the long actions that the console asked for. */
export function openActionRunner({
  console,
  foundation,
  lifecycle,
  logger,
}: Pick<ConsoleSetup, 'foundation' | 'lifecycle'> & {
  readonly console: ConsoleAccess;
  readonly logger: Logger;
}): void {
  const pacer = createPacer({ bounds: { minRate: 1, maxRate: null } });
  const { choices, generations, partitions } = console.readModels;
  const running = startActionRunner({
    actions: console.actions,
    work: { choices, generations, events: foundation.store, partitions, parallel: PARALLEL, pace: pacer, logger },
    runner: console.runner,
    isTransient,
    pollIntervalMs: POLL_INTERVAL_MS,
    logger,
  });
  lifecycle.onStop('the actions of operators', async () => {
    // Ends the waits for the pacer as well.
    const stopped = running.stop();
    pacer.stop();
    await stopped;
  });
}
