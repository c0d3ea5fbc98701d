import type { LogEntry, RecordedEvent } from '../domain/event.js';
import type { Position, UserId } from '../domain/ids.js';
import { position, userId } from '../domain/ids.js';
import { UnreadableEventError } from '../domain/upcast.js';
import type { Notice } from './notice.js';
import type { Audience, Run } from './runs.js';
import { historyRuns, takeRun } from './runs.js';

const [FAY, GIL] = [userId('fay'), userId('gil')];
/** An event whose type says who gets it: everyone, nobody, or a user. */
const at = (place: number, type = 'everyone') =>
  ({ position: position(place), event: { type, data: {} } }) as unknown as RecordedEvent;
const noticeAt = (place: number) => ({ position: position(place), notice: 'everyone' }) as unknown as Notice;
const unreadableAt = (place: number) =>
  ({ position: position(place), unreadable: new UnreadableEventError('unknown') }) as unknown as LogEntry;

const audienceOf = (update: RecordedEvent | Notice): Audience => {
  const type = 'notice' in update ? String(update.notice) : update.event.type;
  return type === 'everyone' || type === 'nobody' ? type : { only: userId(type) };
};
const places = (updates: Run['updates']): readonly number[] => updates.map((update) => update.position);

interface Taking {
  readonly max?: number;
  readonly present?: readonly UserId[];
  readonly lastAt?: number;
  readonly cuts?: readonly number[];
}
/** All runs of a queue, as the places of their updates, of those that are executed, and their user. */
function runsOf(
  updates: readonly (LogEntry | Notice)[],
  { max = 200, present = [FAY], lastAt = 0, cuts = [] }: Taking = {},
) {
  const queue = [...updates];
  const runs: (readonly [readonly number[], readonly number[], string | null])[] = [];
  while (queue.length > 0) {
    const {
      updates: taken,
      shown,
      only,
    } = takeRun(queue, {
      max,
      audienceOf,
      isPresent: (user) => present.includes(user),
      isLast: (update) => update.position === lastAt,
      cuts: cuts as readonly Position[],
    });
    runs.push([places(taken), places(shown), only]);
  }
  return runs;
}

test('a run has what is there, up to its maximum; what is for nobody is passed', () => {
  const queue = [at(1), at(2, 'nobody'), at(3), noticeAt(3), at(5)];
  expect(runsOf(queue)).toEqual([[[1, 2, 3, 3, 5], [1, 3, 3, 5], null]]);
  expect(runsOf(queue, { max: 2 })).toEqual([
    [[1, 2], [1], null],
    [[3, 3], [3, 3], null],
    [[5], [5], null],
  ]);
});

test('an update for one user who is there is a run of its own, in its place', () => {
  expect(runsOf([at(1), at(2, FAY), at(3), at(4, GIL), at(5)])).toEqual([
    [[1], [1], null],
    [[2], [2], FAY],
    [[3, 4, 5], [3, 5], null],
  ]);
  expect(runsOf([at(1, 'nobody'), at(2, FAY)])).toEqual([[[1, 2], [2], FAY]]);
});

test('one by one, an update for an absent user keeps the name of the user', () => {
  expect(runsOf([at(1, GIL), at(2)], { max: 1 })).toEqual([
    [[1], [], GIL],
    [[2], [2], null],
  ]);
});

test('a run ends with the last update that someone gets', () => {
  expect(runsOf([at(1), at(2), at(3)], { lastAt: 2 })).toEqual([
    [[1, 2], [1, 2], null],
    [[3], [3], null],
  ]);
});

test('no run goes across the position of a subscriber who has a part of it', () => {
  const queue = [at(2), at(4), at(7), at(8)];
  expect(runsOf(queue, { cuts: [4] }).map(([updates]) => updates)).toEqual([
    [2, 4],
    [7, 8],
  ]);
  // Positions of other rooms.
  expect(runsOf(queue, { cuts: [6, 7, 9] }).map(([updates]) => updates)).toEqual([[2, 4], [7], [8]]);
});

test('an event that cannot be read ends the run before it, and is thrown when first', () => {
  const queue = [at(1), unreadableAt(2), at(3)];
  const options = { max: 9, audienceOf, isPresent: () => true, isLast: () => false, cuts: [] };
  expect(places(takeRun(queue, options).updates)).toEqual([1]);
  expect(() => takeRun(queue, options)).toThrow(UnreadableEventError);
});

test('a history is cut by number alone, and shows what this user sees', () => {
  const history = historyRuns([at(1), at(2, FAY), at(3, GIL), at(4, 'nobody')], 3, audienceOf, FAY);
  expect(history.map(({ updates, shown, only }) => [places(updates), places(shown), only])).toEqual([
    [[1, 2, 3], [1, 2], null],
    [[4], [], null],
  ]);
});
