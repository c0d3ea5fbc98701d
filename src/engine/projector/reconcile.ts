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

/** Redis adds the name of the script, which means nothing and differs between scripts. */
const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/ script: [0-9a-f]{40}, on @user_script.*$/s, '');

/** The letter of an applied event is closed. Beyond the checkpoint nothing is known. */
const isDone = ({ id, place }: WaitingDeadLetter, parked: readonly ParkedKey[], checkpoint: Position): boolean =>
  place <= checkpoint && !parked.some(({ letter }) => letter === id);

export interface ReconcileOptions {
  readonly deadLetters: DeadLetters;
  readonly letters: readonly WaitingDeadLetter[];
  /** The current ones. */
  readonly parked: () => ReadonlyMap<string, ParkedKey>;
  readonly checkpoint: Position;
  /** @returns the key as it is parked now; null if it is free */
  readonly resumeKey: (key: ParkedKey) => Promise<ParkedKey | null>;
}

/**
 * Reconciles letters and parked keys. The read model's store decides: it may have been emptied, filled anew by
 * corrected code, or replaced by another version since a letter was written. After a crash at any point the next run
 * reconciles the rest.
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
    // A dropped letter whose key a crash left parked, or a letter that was deleted by hand.
    if (!(letter?.requested ?? closedOf.get(id) !== 'applied')) continue;
    const left = await resumeKey(key);
    if (left?.letter === id) await deadLetters.failedAgain(id, left.reason);
    else await deadLetters.close([id]);
  }
}
