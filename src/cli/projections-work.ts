import { availableParallelism } from 'node:os';
import type { Choice, WorkOptions } from '../engine/rebuild/choice.js';
import type { ReadModelActionKind } from '../admin/operator-actions.js';
import type { ReadModelAccess } from '../admin/read-models.js';
import { EVENTS_PER_RECORD } from '../engine/rebuild/fold.js';
import { createPacer } from '../engine/pacing/pacer.js';
import { openGenerations } from '../workers/generations.js';
import { openReadModels } from '../workers/projector.js';
import type { Connection } from './connect.js';
import { CliError, MISTYPED } from './connect.js';
import type { Worked } from '../admin/run-action.js';
import { followWork } from './projections-progress.js';
import { recorded } from './record.js';

export interface WorkFlags {
  readonly all?: boolean;
  readonly json?: boolean;
  readonly yes?: boolean;
  /** True without a number. */
  readonly pace?: boolean | string;
  readonly parallel?: string;
}

/**
 * One partition folds while others wait for a store. More than the number of processors takes memory, and saves no
 * time.
 */
const PARALLEL = Math.min(4, availableParallelism());

/** Shown to others who wait for a lock. */
const PURPOSES: Readonly<Record<ReadModelActionKind, string>> = {
  REBUILD: 'rebuild',
  VERIFY: 'verify',
  ROLL_BACK: 'rollback',
  ABANDON_REBUILD: 'abandon',
  DROP_KEPT: 'drop-old',
};

/** The read models that the command names. */
export function chosen(choices: readonly Choice[], name: string | undefined, flags: WorkFlags): readonly Choice[] {
  const names = choices.map(({ projection }) => projection.name).join(', ');
  if (flags.all && name !== undefined) throw new CliError('give either a name or --all', MISTYPED);
  if (flags.all) return choices;
  if (name === undefined) throw new CliError(`name a read model, or --all: ${names}`, MISTYPED);
  const found = choices.filter(({ projection }) => projection.name === name);
  if (found.length === 0) throw new CliError(`there is no read model ${name}: there are ${names}`, MISTYPED);
  return found;
}

/** The read models with their stores and generations. Closed with the connection. */
export async function openReadModelAccess(
  { pool, run, store, settings, servers, lifecycle, logger }: Connection,
  { connections, purpose }: { readonly connections: number; readonly purpose: string },
): Promise<ReadModelAccess> {
  const { databaseUrl, redisUrl } = servers;
  const { logId, partitions } = settings;
  const models = await openReadModels(pool, redisUrl, logId, store.epochs, lifecycle, logger);
  const setup = { pool, run, databaseUrl, logId, models, connections, purpose, lifecycle };
  return { ...openGenerations(setup), sets: models.sets, events: store, partitions };
}

/** Runs work on generations with its dependencies, reports the progress, and ends it cleanly on an interrupt. */
export async function work<T>(
  connection: Connection,
  kind: ReadModelActionKind,
  name: string | undefined,
  flags: WorkFlags,
  run: (options: WorkOptions) => Promise<Worked<T>>,
): Promise<T> {
  const purpose = PURPOSES[kind];
  const { store, settings, logger } = connection;
  const parallel = wholeNumber('--parallel', flags.parallel ?? String(PARALLEL));
  const access = await openReadModelAccess(connection, { connections: 2 * parallel + 2, purpose });
  const { generations, choices } = access;
  const picked = chosen(choices, name, flags);
  const pacer = flags.pace ? createPacer({ bounds: boundsOf(flags.pace) }) : null;
  const interrupt = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void =>
    interrupt.abort(new CliError(`ended by ${signal}: run it again to continue where it stopped`, 130));
  const progress = followWork({
    purpose,
    json: flags.json ?? false,
    pace: typeof flags.pace === 'string' ? Number(flags.pace) : null,
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, onSignal);
  try {
    const { signal } = interrupt;
    const target = flags.all ? 'all' : picked[0]!.projection.name;
    const { partitions } = settings;
    return await recorded(connection, { kind, target, signal }, (report) =>
      run({
        choices: picked,
        generations,
        events: store,
        partitions,
        parallel,
        pace: pacer,
        report(now) {
          progress.report(now);
          report({ phase: now.phase, done: now.done, total: now.total, perSecond: 0 });
        },
        signal,
        logger,
      }),
    );
  } finally {
    progress.end();
    pacer?.stop();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal);
  }
}

/** The pace counts in records of this many events. A number is an upper bound of events a second. */
function boundsOf(pace: boolean | string): { readonly minRate: number; readonly maxRate: number | null } {
  if (typeof pace !== 'string') return { minRate: 1, maxRate: null };
  const maxRate = wholeNumber('--pace', pace) / EVENTS_PER_RECORD;
  return { minRate: Math.min(1, maxRate), maxRate };
}

function wholeNumber(flag: string, value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new CliError(`${flag} takes a whole number above 0, not ${value}`, MISTYPED);
  return Number(value);
}
