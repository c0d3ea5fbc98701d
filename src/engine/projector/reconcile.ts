import type { RecordedEvent } from '../domain/event.js';
import type { Position } from '../domain/ids.js';
import type { DeadLetters, WaitingDeadLetter } from '../store/dead-letters.js';
import type { DeadLetter } from '../store/event-store.js';
import type { ParkedKey } from './projection-store.js';
import type { Projection } from './projection.js';

/** The source of dead letters of a read model. */
export const sourceOf = ({ name }: Pick<Projection, 'name'>): string => `projection:${name}`;

export const deadLetterOf = (
  projection: Projection,
  { partition, position, key, stream, at, event }: RecordedEvent,
  error: unknown,
): DeadLetter => ({
  source: sourceOf(projection),
  partition,
  place: position,
  key,
  stream,
  recordedAt: at,
  reason: reasonOf(error),
  payload: JSON.stringify(event),
});

/** Redis adds the name that it gave the script, which says nothing and differs from one script to the next. */
const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/ script: [0-9a-f]{40}, on @user_script.*$/s, '');

/**
 * What the store of a read model has, it has: a letter of an event that is applied is closed. Behind the checkpoint
 * nothing is known.
 */
const isDone = ({ id, place }: WaitingDeadLetter, parked: readonly ParkedKey[], checkpoint: Position): boolean =>
  place <= checkpoint && !parked.some(({ letter }) => letter === id);

export interface ReconcileOptions {
  readonly deadLetters: DeadLetters;
  readonly letters: readonly WaitingDeadLetter[];
  /** As they are now. */
  readonly parked: () => ReadonlyMap<string, ParkedKey>;
  readonly checkpoint: Position;
  /** @returns how the key is parked now; null where it is not */
  readonly resumeKey: (key: ParkedKey) => Promise<ParkedKey | null>;
}

/**
 * Brings letters and parked keys together. The read model's store has the last word: it may have been emptied, filled
 * anew by mended code, or replaced by another version since a letter was written. A crash at any point leaves what the
 * next look brings together.
 */
export async function reconcileDeadLetters({
  deadLetters,
  letters,
  parked,
  checkpoint,
  resumeKey,
}: ReconcileOptions): Promise<void> {
  const known = new Map(letters.map((letter) => [letter.id, letter]));
  const closedOf = await deadLetters.states(
    [...parked().values()].flatMap(({ letter }) => (letter === null || known.has(letter) ? [] : [letter])),
  );
  await deadLetters.reopen([...closedOf].flatMap(([id, state]) => (state === 'applied' ? [id] : [])));
  await deadLetters.close(
    letters.filter((letter) => isDone(letter, [...parked().values()], checkpoint)).map(({ id }) => id),
  );

  for (const key of parked().values()) {
    const { letter: id } = key;
    if (id === null) continue;
    const letter = known.get(id);
    // One that was dropped, by a crash not taken up yet, or one whose letter somebody deleted.
    if (!(letter?.requested ?? closedOf.get(id) !== 'applied')) continue;
    const left = await resumeKey(key);
    if (left?.letter === id) await deadLetters.failedAgain(id, left.reason);
    else await deadLetters.close([id]);
  }
}
