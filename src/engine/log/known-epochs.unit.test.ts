import fc from 'fast-check';
import { epoch, position } from '../domain/ids.js';
import type { EpochBegin } from './known-epochs.js';
import { createLogEpochs } from './known-epochs.js';
import type { Fork } from './log-epochs.js';

const begin = (at: number, fork: number): EpochBegin => ({ epoch: epoch(at), fork: position(fork) });
const at = (place: number, of: number) => ({ partition: 3, position: position(place), epoch: epoch(of) });

test('the epoch of a position is that in which its event was stored', () => {
  const epochs = createLogEpochs();
  expect(epochs.epochOf({ partition: 3, position: position(5) })).toBe(0);
  epochs.learn(3, [begin(100, 5), begin(200, 9)]);
  const epochOf = (place: number): number => epochs.epochOf({ partition: 3, position: position(place) });
  expect([0, 1, 5, 6, 9, 10, 1_000].map(epochOf)).toEqual([0, 0, 0, 100, 100, 200, 200]);
  expect(epochs.current(3)).toBe(200);
});

test('a position of an older epoch is of this log up to the fork, and not behind it', () => {
  const epochs = createLogEpochs();
  epochs.learn(3, [begin(100, 5)]);
  epochs.learn(3, [begin(100, 5), begin(200, 9)]);
  expect([at(5, 0), at(6, 100), at(9, 100), at(10, 200)].map(epochs.has)).toEqual([true, true, true, true]);
  expect([at(6, 0), at(10, 100), at(9, 200), at(9, 150)].map(epochs.has)).toEqual([false, false, false, false]);
});

test('the current epoch is the last one; of a partition that is not known, the first', () => {
  const epochs = createLogEpochs();
  const currents = [epochs.current(3)];
  for (const branch of [[], [begin(100, 5)], [begin(100, 5), begin(200, 9), begin(300, 11)]]) {
    epochs.learn(3, branch);
    currents.push(epochs.current(3));
  }
  expect(currents).toEqual([0, 0, 100, 300]);
});

test('the log is notified of a fork first, with its epoch; who left is not', () => {
  const notified: unknown[] = [];
  const epochs = createLogEpochs({ forked: (fork) => notified.push(fork) });
  epochs.onFork((fork) => notified.push(fork));
  const leave = epochs.onFork(() => notified.push('left'));
  leave();
  epochs.learn(3, []);
  epochs.learn(3, [begin(100, 5), begin(200, 9), begin(300, 11)]);
  const fork = { partition: 3, after: 5, lostTo: 5 };
  expect(notified).toEqual([{ ...fork, epoch: 300 }, fork]);
  epochs.learn(3, []);
  expect(notified[2]).toMatchObject({ epoch: 0 });
});

test('a fork is reported once, with the lost positions', () => {
  const forks: Fork[] = [];
  const epochs = createLogEpochs();
  epochs.onFork((fork) => forks.push(fork));
  epochs.learn(3, [begin(100, 5)]);
  epochs.reached(3, position(12));
  expect(forks).toEqual([]);
  epochs.learn(3, [begin(100, 5), begin(200, 9)]);
  epochs.learn(3, [begin(100, 5), begin(200, 9)]);
  expect(forks).toEqual([{ partition: 3, after: 9, lostTo: 12 }]);
  expect(epochs.last(3)).toBe(9);
});

test('a restart that loses nothing is a fork at the end', () => {
  const forks: Fork[] = [];
  const epochs = createLogEpochs();
  epochs.onFork((fork) => forks.push(fork));
  epochs.learn(3, []);
  epochs.reached(3, position(12));
  epochs.learn(3, [begin(200, 12)]);
  expect(forks).toEqual([{ partition: 3, after: 12, lostTo: 12 }]);
});

test('a backup from before another epoch is a fork where that one began', () => {
  const forks: Fork[] = [];
  const epochs = createLogEpochs();
  epochs.onFork((fork) => forks.push(fork));
  epochs.learn(3, [begin(100, 5), begin(200, 9)]);
  epochs.reached(3, position(20));
  epochs.learn(3, [begin(100, 5), begin(300, 11)]);
  expect(forks).toEqual([{ partition: 3, after: 9, lostTo: 20 }]);
  expect(epochs.has(at(10, 200))).toBe(false);
  expect(epochs.has(at(10, 100))).toBe(true);
});

/** A log whose positions remember the write that filled them: comparing them gives the common part of two branches. */
test('after any loss and rewrite, a position is of the log where its own event is', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('write' as const), events: fc.nat(4) }),
    fc.record({ kind: fc.constant('restart' as const), keep: fc.double({ min: 0, max: 1, noNaN: true }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let log: number[] = [];
      let branch: EpochBegin[] = [];
      let written = 0;
      let time = 1;
      const epochs = createLogEpochs();
      const given: { readonly place: ReturnType<typeof at>; readonly event: number }[] = [];
      epochs.learn(3, branch);
      for (const each of steps) {
        if (each.kind === 'write') {
          for (let n = 0; n < each.events; n++) log.push(++written);
          for (const [index, event] of log.entries())
            given.push({
              place: at(index + 1, epochs.epochOf({ partition: 3, position: position(index + 1) })),
              event,
            });
        } else {
          log = log.slice(0, Math.floor(each.keep * log.length));
          // The earlier state of the database has the epochs of its time; an epoch without events is taken out.
          branch = [...branch.filter(({ fork }) => fork < log.length), begin(time++, log.length)];
          epochs.learn(3, branch);
        }
      }
      for (const { place, event } of given) {
        if (place.position <= log.length) expect(epochs.has(place)).toBe(log[place.position - 1] === event);
      }
    }),
  );
});

test.each([
  [5, 3],
  [3, 5],
])('another last epoch: the common part ends at the earlier fork: %i, then %i', (before, now) => {
  const forks: Fork[] = [];
  const epochs = createLogEpochs();
  epochs.onFork((fork) => forks.push(fork));
  epochs.learn(3, [begin(100, before)]);
  epochs.reached(3, position(12));
  epochs.learn(3, [begin(200, now)]);
  expect(forks).toEqual([{ partition: 3, after: 3, lostTo: 12 }]);
});

test.each([
  ['a second failover to the same place', [begin(100, 5)], [begin(200, 5)], 5],
  ['a backup from before the only epoch', [begin(100, 5)], [], 5],
  ['an epoch that begins elsewhere', [begin(100, 5)], [begin(100, 7)], 5],
])('%s is a fork', (_, before, now, after) => {
  const forks: Fork[] = [];
  const epochs = createLogEpochs();
  epochs.onFork((fork) => forks.push(fork));
  expect(epochs.isKnown(3)).toBe(false);
  epochs.learn(3, before);
  expect([epochs.isKnown(3), epochs.isKnown(4)]).toEqual([true, false]);
  epochs.reached(3, position(12));
  epochs.learn(3, now);
  expect(forks).toEqual([{ partition: 3, after, lostTo: 12 }]);
});

test('an older reading of the head does not lower the known head', () => {
  const epochs = createLogEpochs();
  epochs.learn(3, []);
  for (const head of [7, 12, 9]) epochs.reached(3, position(head));
  expect(epochs.last(3)).toBe(12);
});
