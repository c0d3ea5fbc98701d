import type { CommandEnvelope } from '../engine/domain/envelope.js';
import { offset } from '../engine/domain/ids.js';
import type { Receipt } from '../engine/domain/receipt.js';
import { commandRecord } from '../engine/log/command-json.js';
import type { CommandLog } from '../engine/log/command-log.js';
import type { Projection } from '../engine/projector/projection.js';
import { pause } from '../engine/runtime/retry.js';
import type { DeadLetterAdmin, DeadLetterRecord } from '../engine/store/dead-letter-admin.js';
import type { DeadLetters } from '../engine/store/dead-letters.js';
import type { EventStore } from '../engine/store/event-store.js';
import { postgresProjections, redisProjections } from '../projections/registry.js';

/** The outcome for one letter, in one line. */
export interface LetterOutcome {
  readonly done: boolean;
  readonly text: string;
}

export interface DeadLetterWork {
  readonly admin: DeadLetterAdmin;
  readonly letters: Pick<DeadLetters, 'close' | 'failedAgain'>;
  readonly store: Pick<EventStore, 'receipts'>;
  /** Opens the log where a command is to be sent again. */
  readonly openLog: () => Promise<{ readonly commands: CommandLog; readonly requests: CommandLog }>;
}

const POLL_INTERVAL_MS = 100;
const ALL: readonly Projection[] = [...postgresProjections, ...redisProjections];

const failed = (text: string): LetterOutcome => ({ done: false, text });
const done = (text: string): LetterOutcome => ({ done: true, text });

/** The read model that could not apply the event; null for another source. */
export const projectionOf = ({ source }: Pick<DeadLetterRecord, 'source'>): Projection | null =>
  ALL.find(({ name }) => source === `projection:${name}`) ?? null;

const isOfReadModel = ({ source }: DeadLetterRecord): boolean => source.startsWith('projection:');

/** The number of events that wait behind each letter of a read model; 0 for every other letter. */
export async function waitingBehind(
  admin: DeadLetterAdmin,
  letters: readonly DeadLetterRecord[],
): Promise<ReadonlyMap<number, number>> {
  const parked = letters.flatMap((letter) => {
    const projection = letter.state === 'waiting' ? projectionOf(letter) : null;
    return projection ? [{ letter, types: projection.handles }] : [];
  });
  const events = await admin.behind(parked);
  return new Map(parked.map(({ letter }, index) => [letter.id, events[index]!]));
}

/** Polls until there is an answer. @returns null where it has none in time */
async function awaited<T>(timeoutMs: number, check: () => Promise<T | null>): Promise<T | null> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const found = await check();
    if (found !== null || performance.now() >= until) return found;
    await pause(POLL_INTERVAL_MS, new AbortController().signal);
  }
}

export async function retryDeadLetter(
  work: DeadLetterWork,
  letter: DeadLetterRecord,
  timeoutMs: number,
): Promise<LetterOutcome> {
  if (letter.state !== 'waiting')
    return letter.state === 'applied'
      ? done('is applied already')
      : failed('was dropped: later events are applied, and only a rebuild can bring it in');
  return isOfReadModel(letter) ? retryEvent(work, letter, timeoutMs) : retryCommand(work, letter, timeoutMs);
}

/**
 * The projector that owns the partition does the work, between two batches and with its own code: no other process may
 * write to the read model, and nothing has to be stopped. This only requests it and waits.
 */
async function retryEvent(
  { admin }: DeadLetterWork,
  letter: DeadLetterRecord,
  timeoutMs: number,
): Promise<LetterOutcome> {
  if (!(await admin.request(letter.id))) return done('is no longer waiting');
  const answered = await awaitAnswer(admin, letter, timeoutMs);
  if (!answered) return unanswered(letter);
  if (answered.state === 'waiting') return failed(`failed again: ${answered.reason}`);
  return closedAs('applied', admin, letter);
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

/** The outcome once the projector has continued behind the event: to the end, or to another parked event of the key. */
async function closedAs(
  state: 'applied' | 'dropped',
  admin: DeadLetterAdmin,
  { id, source, partition, key }: DeadLetterRecord,
): Promise<LetterOutcome> {
  const next = (await admin.list({ source, closed: false })).find(
    (other) => other.id !== id && other.partition === partition && other.key === key,
  );
  return done(
    next
      ? `is ${state}; after it, ${key} is parked anew: see letter ${next.id}`
      : `is ${state}, and the events that waited for it are applied`,
  );
}

const unanswered = (letter: DeadLetterRecord): LetterOutcome =>
  failed(
    projectionOf(letter)
      ? 'is requested, and no projector has answered yet: it is done as soon as one has the partition ' +
          'and has reached the event (projections status)'
      : 'is requested, but this program has no such read model',
  );

export async function dropDeadLetter(
  { admin }: Pick<DeadLetterWork, 'admin'>,
  letter: DeadLetterRecord,
  timeoutMs: number,
): Promise<LetterOutcome> {
  const answered = isOfReadModel(letter) && projectionOf(letter) !== null;
  if (!(await admin.drop(letter.id, { answered })))
    return failed(`does not wait: it is ${(await admin.find(letter.id))?.state}`);
  if (!answered) return done('is dropped');
  if (!(await awaitAnswer(admin, letter, timeoutMs)))
    return failed('is dropped; no projector has continued after it yet: one does as soon as it has the partition');
  return closedAs('dropped', admin, letter);
}

/** The same command under the same commandId, if it has no outcome: by promise 2 it never gets a second one. */
async function retryCommand(
  { store, letters, openLog }: DeadLetterWork,
  letter: DeadLetterRecord,
  timeoutMs: number,
): Promise<LetterOutcome> {
  const record = commandRecord(offset(letter.place), letter.key, letter.payload, null);
  if (!('command' in record))
    return failed(`is no command (${record.unreadable.reason.split('\n')[0]}): it can be shown and dropped`);
  const { command } = record;
  const receiptOf = async (): Promise<Receipt | null> =>
    (await store.receipts([command.commandId])).get(command.commandId) ?? null;
  const earlier = await receiptOf();
  if (earlier)
    return failed(
      `command ${command.commandId} has its outcome, which is final: ${outcomeText(earlier).replace(/\.$/, '')}. ` +
        'Its sender has to send it again under a new commandId; drop this letter',
    );

  await append(await openLog(), letter, command);
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

/** To the queue that it came from, on the current engine of the log. */
async function append(
  { commands, requests }: { readonly commands: CommandLog; readonly requests: CommandLog },
  { source }: DeadLetterRecord,
  command: CommandEnvelope,
): Promise<void> {
  await (source.endsWith(`:${requests.queue}`) ? requests : commands).append(command);
}

const outcomeText = ({ rejection }: Receipt): string =>
  rejection ? `REJECTED ${rejection.code}: ${rejection.message}` : 'SUCCEEDED';
