import type { Command } from 'commander';
import type { DeadLetterWork, LetterOutcome } from '../admin/dead-letters.js';
import { dropDeadLetter, retryDeadLetter, waitingBehind } from '../admin/dead-letters.js';
import { readParkedKeys } from '../admin/read-models.js';
import type { ActionKind } from '../admin/operator-actions.js';
import type { DeadLetterRecord } from '../engine/store/dead-letter-admin.js';
import type { Worked } from '../admin/run-action.js';
import { createMetrics } from '../metrics.js';
import { postgresDeadLetters } from '../engine/postgres/dead-letters.js';
import { deadLetterAdmin } from '../engine/postgres/dead-letter-admin.js';
import { openReadModels } from '../workers/projector.js';
import type { Connection } from './connect.js';
import { CliError, MISTYPED, withConnection } from './connect.js';
import { openGateway } from './gateway.js';
import { ageOf, deadLetterRow, LETTER_HEADINGS, deadLetterText, SOURCES } from './dead-view.js';
import { print, printJson, table } from './output.js';
import { recorded } from './record.js';

interface JsonOption {
  readonly json?: boolean;
}

interface WaitOptions extends JsonOption {
  readonly wait: string;
}

interface ManyOptions extends WaitOptions {
  readonly all?: boolean;
  readonly source?: string;
}

const WAIT_S = 30;

export function deadCommand(program: Command): void {
  const dead = program.command('dead').description('the dead-letter store: records that could not be handled');
  dead
    .command('list')
    .description('the waiting letters, oldest first')
    .option('--source <source>', 'of one source, such as projection:timeline')
    .option('--closed', 'with applied and dropped ones')
    .option('--json', 'print JSON')
    .action(({ source, closed = false, json }: JsonOption & { readonly source?: string; readonly closed?: boolean }) =>
      withConnection(async (connection) => {
        if (source !== undefined) await refuseUnknownSource(connection, source);
        const letters = await deadLetterAdmin(connection.pool).list({ source, closed });
        if (json) return printJson(letters);
        print(
          letters.length === 0
            ? 'no letter waits\n'
            : table(
                LETTER_HEADINGS,
                letters.map((letter) => deadLetterRow(letter, new Date())),
              ),
        );
      }),
    );
  dead
    .command('show')
    .description('one letter, with the number of events that wait for it')
    .argument('<id>', 'its number')
    .option('--json', 'print JSON')
    .action((id: string, { json }: JsonOption) =>
      withConnection(async (connection) => {
        const letter = await deadLetterOf(connection, id);
        const behind = await waitingBehind(deadLetterAdmin(connection.pool), [letter]);
        const parkedBehind = behind.get(letter.id) ?? 0;
        if (json) printJson({ ...letter, parkedBehind });
        else print(deadLetterText(letter, parkedBehind));
      }),
    );
  dead
    .command('retry')
    .description(
      'retries: an event and those that wait for it by the running projector, ' +
        'a command by the decider. Exit status 1: it failed again',
    )
    .argument('[id]', 'its number')
    .option('--all', 'all waiting ones, oldest first')
    .option('--source <source>', 'with --all: only of this source')
    .option('--wait <seconds>', 'maximum wait for the outcome', String(WAIT_S))
    .option('--json', 'print JSON, a line per letter')
    .action((id: string | undefined, options: ManyOptions) => {
      const timeoutMs = waitMs(options.wait);
      return actOnWaiting(id, options, 'RETRY_DEAD_LETTERS', (connection, letter) =>
        retryDeadLetter(workOf(connection), letter, timeoutMs),
      );
    });
  dead
    .command('drop')
    .description(
      'gives a letter up. Of a read model: the event is skipped where it cannot be applied, ' +
        'and the events that wait for it are applied',
    )
    .argument('[id]', 'its number')
    .option('--all', 'all waiting ones of a source, oldest first')
    .option('--source <source>', 'with --all: of which source')
    .option('--wait <seconds>', 'maximum wait for the events behind it', String(WAIT_S))
    .option('--json', 'print JSON, a line per letter')
    .action((id: string | undefined, options: ManyOptions) => {
      if (options.all && options.source === undefined) throw new CliError('--all needs a --source', MISTYPED);
      const timeoutMs = waitMs(options.wait);
      return actOnWaiting(id, options, 'DROP_DEAD_LETTERS', (connection, letter) =>
        dropDeadLetter(workOf(connection), letter, timeoutMs),
      );
    });
  dead
    .command('parked')
    .description('the rooms, users and campaigns whose events read models hold back')
    .option('--json', 'print JSON')
    .action(({ json }: JsonOption) =>
      withConnection(async (connection) => {
        const { pool, store, settings, servers, lifecycle, logger } = connection;
        const { logId, partitions } = settings;
        const { sets } = await openReadModels(pool, servers.redisUrl, logId, store.epochs, lifecycle, logger);
        const keys = await readParkedKeys({ sets, partitions });
        if (json) return printJson(keys);
        const rows = keys.map((each) => [
          each.projection,
          each.partition,
          each.key,
          each.position,
          each.letter ?? '–',
          ageOf(each.since, new Date()),
          each.reason,
        ]);
        print(
          rows.length === 0
            ? 'no key is parked\n'
            : table(['read model', 'partition', 'key', 'position', 'letter', 'since', 'reason'], rows),
        );
      }),
    );
}

/** Works on one letter, or on all waiting ones. */
function actOnWaiting(
  id: string | undefined,
  { all = false, source, json = false }: ManyOptions,
  kind: ActionKind,
  act: (connection: Connection, letter: DeadLetterRecord) => Promise<LetterOutcome>,
): Promise<void> {
  if (all === (id !== undefined)) throw new CliError('name one letter, or --all', MISTYPED);
  if (source !== undefined && !all) throw new CliError('--source goes with --all', MISTYPED);
  return withConnection(async (connection) => {
    if (source !== undefined) await refuseUnknownSource(connection, source);
    const letters =
      id === undefined
        ? await deadLetterAdmin(connection.pool).list({ source, closed: false })
        : [await deadLetterOf(connection, id)];
    if (letters.length === 0 && !json) print('no letter waits\n');
    const target = id === undefined ? (source ?? 'all') : `letter ${id}`;
    if (letters.length > 0)
      await recorded(connection, { kind, target }, () => actOn(letters, json, (letter) => act(connection, letter)));
  });
}

function workOf(connection: Connection): DeadLetterWork {
  const { pool, store, logger } = connection;
  return {
    admin: deadLetterAdmin(pool),
    letters: postgresDeadLetters({ pool, logger, metrics: createMetrics() }),
    store,
    openLog: async () => (await openGateway(connection)).engine,
  };
}

/** A source may have no letters yet: any name under which letters are written is valid. */
async function refuseUnknownSource({ pool }: Connection, source: string): Promise<void> {
  const sources = new Set([
    ...SOURCES,
    ...(await deadLetterAdmin(pool).list({ closed: true })).map((letter) => letter.source),
  ]);
  if (!sources.has(source))
    throw new CliError(`there is no source ${source}: there are ${[...sources].join(', ')}`, MISTYPED);
}

async function deadLetterOf({ pool }: Connection, text: string): Promise<DeadLetterRecord> {
  if (!/^[1-9]\d{0,15}$/.test(text))
    throw new CliError(`${text} is not the number of a letter: see dead list`, MISTYPED);
  const letter = await deadLetterAdmin(pool).find(Number(text));
  if (!letter) throw new CliError(`there is no letter ${text}: see dead list`, MISTYPED);
  return letter;
}

function waitMs(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new CliError(`--wait ${text}: a whole number of seconds`, MISTYPED);
  return Number(text) * 1_000;
}

/** One letter after the other; each outcome is printed at once. */
async function actOn(
  letters: readonly DeadLetterRecord[],
  json: boolean,
  act: (letter: DeadLetterRecord) => Promise<LetterOutcome>,
): Promise<Worked<void>> {
  let succeeded = 0;
  for (const letter of letters) {
    const outcome = await act(letter);
    if (outcome.done) succeeded++;
    printAnswer(letter, outcome, json);
  }
  const counts = { letters: succeeded, refused: letters.length - succeeded };
  const text = `done with ${counts.letters} of ${letters.length} letters`;
  return { value: undefined, outcome: { result: { text, counts }, message: null } };
}

function printAnswer({ id }: DeadLetterRecord, { done, text }: LetterOutcome, json: boolean): void {
  if (!done) process.exitCode = 1;
  if (json) printJson({ id, done, outcome: text });
  else print(`${id}: ${text}\n`);
}
