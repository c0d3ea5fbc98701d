import { setTimeout as delay } from 'node:timers/promises';
import type { CommandEnvelope } from '../engine/domain/envelope.js';
import type { Receipt } from '../engine/domain/receipt.js';
import { offset } from '../engine/domain/ids.js';
import { commandRecord } from '../engine/log/command-json.js';
import { createMetrics } from '../metrics.js';
import { postgresDeadLetters } from '../engine/postgres/dead-letters.js';
import type { DeadLetterRecord, DeadLetterAdmin } from '../engine/postgres/dead-letter-admin.js';
import { deadLetterAdmin } from '../engine/postgres/dead-letter-admin.js';
import type { Connection } from './connect.js';
import { openGateway } from './gateway.js';
import { projectionOf } from './dead-view.js';

/** The result, in one line. */
export interface Answer {
  readonly done: boolean;
  readonly text: string;
}

const POLL_INTERVAL_MS = 100;

const failed = (text: string): Answer => ({ done: false, text });
const done = (text: string): Answer => ({ done: true, text });

const isOfReadModel = ({ source }: DeadLetterRecord): boolean => source.startsWith('projection:');

/** Asks `look` until it has an answer. @returns null where it has none in time */
async function awaited<T>(timeoutMs: number, check: () => Promise<T | null>): Promise<T | null> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const found = await check();
    if (found !== null || performance.now() >= until) return found;
    await delay(POLL_INTERVAL_MS);
  }
}

export async function retryDeadLetter(
  connection: Connection,
  letter: DeadLetterRecord,
  timeoutMs: number,
): Promise<Answer> {
  if (letter.state !== 'waiting')
    return letter.state === 'applied'
      ? done('is applied already')
      : failed('was dropped: later events are applied, and only a rebuild can bring it in');
  return isOfReadModel(letter)
    ? retryEvent(connection, letter, timeoutMs)
    : retryCommand(connection, letter, timeoutMs);
}

/**
 * The projector that owns the partition does the work, between two batches and with its own code: no other process may
 * write to the read model, and nothing has to be stopped. This only requests it and waits.
 */
async function retryEvent({ pool }: Connection, letter: DeadLetterRecord, timeoutMs: number): Promise<Answer> {
  const admin = deadLetterAdmin(pool);
  if (!(await admin.request(letter.id))) return done('is no longer waiting');
  const answered = await awaitAnswer(admin, letter, timeoutMs);
  if (!answered) return unanswered(letter);
  if (answered.state === 'waiting') return failed(`failed again: ${answered.reason}`);
  const next = await followerOf(admin, letter);
  return done(
    next
      ? `is applied; after it, ${letter.key} is parked anew: see letter ${next.id}`
      : 'is applied, and so are the events that waited for it',
  );
}

async function awaitAnswer(
  admin: DeadLetterAdmin,
  { id }: DeadLetterRecord,
  timeoutMs: number,
): Promise<DeadLetterRecord | null> {
  return awaited(timeoutMs, async () => {
    const now = await admin.find(id);
    return now && now.requestedAt === null ? now : null;
  });
}

const followerOf = async (
  admin: DeadLetterAdmin,
  { id, source, partition, key }: DeadLetterRecord,
): Promise<DeadLetterRecord | undefined> =>
  (await admin.list({ source, closed: false })).find(
    (other) => other.id !== id && other.partition === partition && other.key === key,
  );

const unanswered = (letter: DeadLetterRecord): Answer =>
  failed(
    projectionOf(letter)
      ? 'is requested, and no projector has answered yet: it is done as soon as one has the partition ' +
          'and has reached the event (projections status)'
      : 'is requested, but this program has no such read model',
  );

export async function dropDeadLetter(
  { pool }: Connection,
  letter: DeadLetterRecord,
  timeoutMs: number,
): Promise<Answer> {
  const admin = deadLetterAdmin(pool);
  const answered = isOfReadModel(letter) && projectionOf(letter) !== null;
  if (!(await admin.drop(letter.id, { answered })))
    return failed(`does not wait: it is ${(await admin.find(letter.id))?.state}`);
  if (!answered) return done('is dropped');
  if (!(await awaitAnswer(admin, letter, timeoutMs)))
    return failed('is dropped; no projector has continued after it yet: one does as soon as it has the partition');
  const next = await followerOf(admin, letter);
  return done(
    next
      ? `is dropped; after it, ${letter.key} is parked anew: see letter ${next.id}`
      : 'is dropped, and the events that waited for it are applied',
  );
}

/** The same command under the same commandId, if it has no outcome: by promise 2 it never gets a second one. */
async function retryCommand(connection: Connection, letter: DeadLetterRecord, timeoutMs: number): Promise<Answer> {
  const record = commandRecord(offset(letter.place), letter.key, letter.payload, null);
  if (!('command' in record))
    return failed(`is no command (${record.unreadable.reason.split('\n')[0]}): it can be shown and dropped`);
  const { command } = record;
  const { store, pool, logger } = connection;
  const receiptOf = async (): Promise<Receipt | null> =>
    (await store.receipts([command.commandId])).get(command.commandId) ?? null;
  const earlier = await receiptOf();
  if (earlier)
    return failed(
      `command ${command.commandId} has its outcome, which is final: ${outcomeText(earlier)}. ` +
        'Its sender has to send it again under a new commandId; drop this letter',
    );

  const letters = postgresDeadLetters({ pool, logger, metrics: createMetrics() });
  await append(connection, letter, command);
  const receipt = await awaited(timeoutMs, receiptOf);
  if (!receipt)
    return failed(
      `command ${command.commandId} is on the log again, and no decider has decided it yet: ` +
        'query it by its commandId',
    );
  if (receipt.rejection?.code === 'MALFORMED_COMMAND' || receipt.rejection?.code === 'COMMAND_FAILED') {
    await letters.failedAgain(letter.id, outcomeText(receipt));
    return failed(`failed again: ${outcomeText(receipt)}`);
  }
  await letters.close([letter.id]);
  return done(`command ${command.commandId} has its outcome: ${outcomeText(receipt)}`);
}

async function append(connection: Connection, { source }: DeadLetterRecord, command: CommandEnvelope): Promise<void> {
  const { commands, requests } = (await openGateway(connection)).engine;
  // The queue that it came from, on the current engine of the log.
  await (source.endsWith(`:${requests.queue}`) ? requests : commands).append(command);
}

const outcomeText = ({ rejection }: Receipt): string =>
  rejection ? `REJECTED ${rejection.code}: ${rejection.message}` : 'SUCCEEDED';
