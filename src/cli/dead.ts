import type { Command } from 'commander';
import type { DeadLetterRecord } from '../engine/postgres/dead-letter-admin.js';
import { deadLetterAdmin } from '../engine/postgres/dead-letter-admin.js';
import { openReadModels } from '../workers/projector.js';
import type { Connection } from './connect.js';
import { CliError, MISTYPED, withConnection } from './connect.js';
import type { Answer } from './dead-retry.js';
import { dropDeadLetter, retryDeadLetter } from './dead-retry.js';
import { ageOf, deadLetterRow, LETTER_HEADINGS, deadLetterText, projectionOf, SOURCES } from './dead-view.js';
import { print, printJson, table } from './output.js';

interface JsonOption {
  readonly json?: boolean;
}

interface WaitOptions extends JsonOption {
  readonly wait: string;
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
        const projection = projectionOf(letter);
        const parkedBehind =
          projection && letter.state === 'waiting'
            ? await deadLetterAdmin(connection.pool).behind(letter, projection.handles)
            : 0;
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
    .option('--wait <seconds>', 'maximum wait for the outcome', String(WAIT_S))
    .option('--json', 'print JSON, a line per letter')
    .action((id: string | undefined, { all = false, wait, json }: WaitOptions & { readonly all?: boolean }) => {
      if (all === (id !== undefined)) throw new CliError('name one letter, or --all', MISTYPED);
      const timeoutMs = waitMs(wait);
      return withConnection(async (connection) => {
        const letters =
          id === undefined
            ? await deadLetterAdmin(connection.pool).list({ closed: false })
            : [await deadLetterOf(connection, id)];
        if (letters.length === 0 && !json) print('no letter waits\n');
        for (const letter of letters)
          printAnswer(letter, await retryDeadLetter(connection, letter, timeoutMs), json === true);
      });
    });
  dead
    .command('drop')
    .description(
      'gives a letter up. Of a read model: the event is skipped where it cannot be applied, ' +
        'and the events that wait for it are applied',
    )
    .argument('<id>', 'its number')
    .option('--wait <seconds>', 'maximum wait for the events behind it', String(WAIT_S))
    .option('--json', 'print JSON')
    .action((id: string, { wait, json }: WaitOptions) => {
      const timeoutMs = waitMs(wait);
      return withConnection(async (connection) => {
        const letter = await deadLetterOf(connection, id);
        printAnswer(letter, await dropDeadLetter(connection, letter, timeoutMs), json === true);
      });
    });
  dead
    .command('parked')
    .description('the rooms, users and campaigns whose events read models hold back')
    .option('--json', 'print JSON')
    .action(({ json }: JsonOption) =>
      withConnection(async (connection) => {
        const keys = await readParked(connection);
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

function printAnswer({ id }: DeadLetterRecord, { done, text }: Answer, json: boolean): void {
  if (!done) process.exitCode = 1;
  if (json) printJson({ id, done, outcome: text });
  else print(`${id}: ${text}\n`);
}

/** For the live generation, in any version. */
async function readParked({ pool, store: events, settings, servers, lifecycle, logger }: Connection) {
  const { sets } = await openReadModels(pool, servers.redisUrl, settings.logId, events.epochs, lifecycle, logger);
  const parked = sets.flatMap(({ store, projections }) =>
    projections.map(async (projection) => {
      const [progress] = await store.progressOfAll([projection], settings.partitions);
      const keys = progress!.map(async ({ version }, partition) =>
        store.parked({ ...projection, version: version ?? projection.version }, partition),
      );
      return (await Promise.all(keys)).flatMap((each, partition) =>
        each.map((key) => ({ projection: projection.name, partition, ...key })),
      );
    }),
  );
  return (await Promise.all(parked)).flat();
}
