import type { DeadLetterAdmin, DeadLetterRecord } from '../engine/store/dead-letter-admin.js';
import type { DeadLetterWork } from './dead-letters.js';
import { projectionOf, retryDeadLetter, waitingBehind } from './dead-letters.js';
import type { ActionOutcome } from './operator-actions.js';

/** Letters of one action. */
export const MAX_LETTERS = 1_000;
/** A command that is sent again is decided within milliseconds, unless no decider runs. */
const COMMANDS_TIMEOUT_MS = 3_000;

/** Letters by their numbers, or the oldest of a source. */
export type LetterChoice = { readonly ids: readonly number[] } | { readonly source: string };

/** The chosen letters that wait, oldest first. At most `MAX_LETTERS`. */
export async function chooseLetters(
  admin: DeadLetterAdmin,
  choice: LetterChoice,
): Promise<readonly DeadLetterRecord[]> {
  const letters =
    'ids' in choice
      ? await admin.findAll(choice.ids)
      : await admin.list({ source: choice.source, closed: false, limit: MAX_LETTERS });
  return letters.filter(({ state, requestedAt }) => state === 'waiting' && requestedAt === null);
}

/** What a retry or a drop of these letters touches: the letters, and the events that wait behind them. */
export async function previewLetters(
  admin: DeadLetterAdmin,
  letters: readonly DeadLetterRecord[],
): Promise<Readonly<Record<'letters' | 'events' | 'keys', number>>> {
  // Of letters with the same key in one read model, the first holds the events of the others, too.
  const first = new Map<string, DeadLetterRecord>();
  for (const letter of letters) {
    const key = `${letter.source} ${letter.partition} ${letter.key}`;
    if (projectionOf(letter) && !first.has(key)) first.set(key, letter);
  }
  const behind = await waitingBehind(admin, [...first.values()]);
  const events = [...behind.values()].reduce((sum, each) => sum + each, 0);
  return { letters: letters.length, events, keys: first.size };
}

/**
 * Tries letters again. For a read model the projectors that own the partitions do it, a moment later; a command is sent
 * again, if it has no outcome.
 */
export async function retryLetters(work: DeadLetterWork, letters: readonly DeadLetterRecord[]): Promise<ActionOutcome> {
  const events = letters.filter((letter) => projectionOf(letter) !== null);
  const others = letters.filter((letter) => projectionOf(letter) === null);
  const requested = await work.admin.requestAll(events.map(({ id }) => id));
  const until = performance.now() + COMMANDS_TIMEOUT_MS;
  const counts = { letters: requested, decided: 0, refused: 0 };
  const refusals: string[] = [];
  for (const letter of others) {
    const { done, text } = await retryDeadLetter(work, letter, Math.max(0, until - performance.now()));
    if (done) counts.decided++;
    else {
      counts.refused++;
      refusals.push(`${letter.id} ${text}`);
    }
  }
  const asked = `projectors are asked to retry ${requested}`;
  const commands = others.length > 0 ? `; ${counts.decided} commands have their outcome` : '';
  const refused = refusals.length > 0 ? `; not retried: ${refusals.slice(0, 3).join('; ')}` : '';
  return { result: { text: `${asked}${commands}${refused}`, counts }, message: null };
}

/** Gives letters up. Projectors pass their events, and apply those behind them, a moment later. */
export async function dropLetters(
  { admin }: Pick<DeadLetterWork, 'admin'>,
  letters: readonly DeadLetterRecord[],
): Promise<ActionOutcome> {
  const of = (answered: boolean): number[] =>
    letters.filter((letter) => (projectionOf(letter) !== null) === answered).map(({ id }) => id);
  const answered = await admin.dropAll(of(true), { answered: true });
  const others = await admin.dropAll(of(false), { answered: false });
  const dropped = answered + others;
  return { result: { text: `${dropped} letters are dropped`, counts: { letters: dropped } }, message: null };
}
