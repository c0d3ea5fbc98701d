import type { Command } from 'commander';
import type { LogEntry } from '../engine/domain/event.js';
import { isReadable } from '../engine/domain/event.js';
import type { Partition, Position } from '../engine/domain/ids.js';
import { position } from '../engine/domain/ids.js';
import type { CursorSigner } from '../engine/gateway/signed-cursor.js';
import { BrokenCursorError, createCursorSigner } from '../engine/gateway/signed-cursor.js';
import { readPartition } from '../engine/log/partition-reader.js';
import { partitionOf } from '../engine/log/partitioning.js';
import { pause } from '../engine/runtime/retry.js';
import type { Connection } from './connect.js';
import { CliError, MISTYPED, withConnection } from './connect.js';
import { print, printJson } from './output.js';

interface TailOptions {
  readonly room?: string;
  readonly from?: string;
  readonly follow: boolean;
  readonly json?: boolean;
}

const POLL_INTERVAL_MS = 200;

export function eventsCommand(program: Command): void {
  const events = program.command('events').description('the log');
  events
    .command('tail')
    .description('the log, a line per event, until it is interrupted')
    .option('--room <id>', 'the events of one room')
    .option(
      '--from <position>',
      '"start", or a position of the API or of this command: its partition from there on, the others from now',
    )
    .option('--no-follow', 'end at the end of the log')
    .option('--json', 'print JSON')
    .action((options: TailOptions) => withConnection((connection) => tail(connection, options)));
}

async function tail({ store, settings, logger }: Connection, options: TailOptions): Promise<void> {
  const signer = createCursorSigner(settings.cursorKey, store.epochs);
  const heads = await store.heads();
  const only = options.room === undefined ? null : partitionOf(options.room, settings.partitions);
  if (options.room !== undefined && (await store.readKeyEntries(only!, options.room, position(0), 1)).length === 0) {
    throw new CliError(`there is no event of a room ${options.room}: check the id`, MISTYPED);
  }
  const starts = new Map<Partition, Position>(
    heads.flatMap((head, partition) => (only === null || only === partition ? [[partition, head]] : [])),
  );
  if (options.from === 'start') for (const partition of starts.keys()) starts.set(partition, position(0));
  else if (options.from !== undefined) {
    const at = openPosition(signer, options.from);
    if (!store.epochs.has(at))
      throw new CliError(
        `--from ${options.from}: the log went back in time behind this position: other events may stand there now`,
        MISTYPED,
      );
    if (!starts.has(at.partition))
      throw new CliError('--from is a position of another partition than the room is in', MISTYPED);
    starts.set(at.partition, at.position);
  }

  const stopped = new AbortController();
  const stop = (): void => stopped.abort();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  process.stdout.once('error', stop);

  const readers = new Map(
    [...starts].map(([partition, from]) => {
      let at = from;
      const reader = readPartition({
        partition,
        store,
        start: () => Promise.resolve(at),
        maxBatch: 500,
        deliver(batch) {
          for (const event of batch)
            if (options.room === undefined || event.key === options.room) show(event, signer, options.json === true);
          at = batch.at(-1)!.position;
        },
        logger,
      });
      return [partition, reader] as const;
    }),
  );
  const atEnd = (): boolean => [...readers].every(([partition, reader]) => reader.position >= heads[partition]!);

  try {
    for (;;) {
      for (const [partition, head] of (await store.heads()).entries()) readers.get(partition)?.grown(head);
      if (stopped.signal.aborted || (!options.follow && atEnd())) break;
      await pause(POLL_INTERVAL_MS, stopped.signal);
    }
  } finally {
    await Promise.all([...readers.values()].map((reader) => reader.stop()));
  }
}

function openPosition(signer: CursorSigner, text: string) {
  try {
    return signer.openPosition(text);
  } catch (error) {
    if (error instanceof BrokenCursorError)
      throw new CliError(`--from ${text}: not a position of this deployment`, MISTYPED);
    throw error;
  }
}

/** An unreadable event is shown as it is stored. */
function show(entry: LogEntry, signer: CursorSigner, json: boolean): void {
  const { partition, stream, version, key, commandId, traceId, at } = entry;
  const { type, data } = isReadable(entry) ? entry.event : entry.stored;
  const signed = signer.position(entry);
  if (json) printJson({ position: signed, partition, at, key, stream, version, type, data, commandId, traceId });
  else
    print(
      `${at.toISOString()}  ${signed}  ${String(partition).padStart(3)}  ${type.padEnd(16)} ${JSON.stringify(data)}\n`,
    );
}
