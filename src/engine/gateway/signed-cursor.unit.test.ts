import fc from 'fast-check';
import { epoch, position } from '../domain/ids.js';
import { createLogEpochs } from '../log/known-epochs.js';
import { BrokenCursorError, createCursorSigner } from './signed-cursor.js';

const seal = createCursorSigner(Buffer.alloc(32, 1));
const other = createCursorSigner(Buffer.alloc(32, 2));

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const place = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((text) => text.length > 0);
const logPosition = fc.record({ partition: fc.nat(63), position: fc.nat(2 ** 50 - 1).map(position) });

test('a position comes back as it was', () => {
  fc.assert(
    fc.property(logPosition, (at) => expect(seal.openPosition(seal.position(at))).toEqual({ ...at, epoch: 0 })),
  );
});

test('a position has the epoch it was given out in; those from before epochs open too', () => {
  const epochs = createLogEpochs();
  epochs.learn(2, [{ epoch: epoch(1_796_000_000_123_456), fork: position(5) }]);
  const forked = createCursorSigner(Buffer.alloc(32, 1), epochs);
  const at = (place: number) => ({ partition: 2, position: position(place) });
  expect(forked.openPosition(forked.position(at(6)))).toEqual({ ...at(6), epoch: 1_796_000_000_123_456 });
  expect(forked.openPosition(forked.position(at(5)))).toEqual({ ...at(5), epoch: 0 });
  expect(forked.position(at(5))).toBe(seal.position(at(5)));
});

test('a cursor comes back as it was', () => {
  fc.assert(fc.property(place, (text) => expect(seal.openCursor('rooms', seal.cursor('rooms', text))).toBe(text)));
});

test('a string of which one character was changed, left out or put in is refused', () => {
  const anyCharacter = fc.oneof(
    fc.constantFrom(...BASE64URL.split('')),
    fc.constantFrom('+', '/', '=', ' ', '\n', '.', '\0', 'é'),
  );
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    how: fc.constantFrom('change', 'leave out', 'put in'),
    character: anyCharacter,
  });
  const sealed = fc.oneof(
    logPosition.map((at) => ({ sealed: seal.position(at), open: seal.openPosition })),
    place.map((text) => ({
      sealed: seal.cursor('rooms', text),
      open: (given: string) => seal.openCursor('rooms', given),
    })),
  );
  fc.assert(
    fc.property(sealed, change, ({ sealed: given, open }, { at, how, character }) => {
      const index = Math.floor(at * given.length);
      const broken =
        given.slice(0, index) +
        (how === 'leave out' ? '' : character) +
        given.slice(how === 'put in' ? index : index + 1);
      fc.pre(broken !== given);
      expect(() => open(broken)).toThrow(BrokenCursorError);
    }),
    { numRuns: 2_000 },
  );
});

test('bytes that only read like the sealed text are refused', () => {
  // U+FFFD is also what a byte that is no UTF-8 reads like.
  const bytes = Buffer.from(seal.cursor('rooms', '\uFFFD'), 'base64url');
  const broken = Buffer.concat([bytes.subarray(0, -3), Buffer.from([0xff])]).toString('base64url');
  expect(() => seal.openCursor('rooms', broken)).toThrow(BrokenCursorError);
});

test('what was sealed as something else is refused', () => {
  fc.assert(
    fc.property(place, (text) => {
      expect(() => seal.openCursor('messages', seal.cursor('rooms', text))).toThrow(BrokenCursorError);
      expect(() => seal.openPosition(seal.cursor('rooms', text))).toThrow(BrokenCursorError);
    }),
  );
  expect(() => seal.openCursor('rooms', seal.position({ partition: 1, position: position(1) }))).toThrow(
    BrokenCursorError,
  );
});

test('what another deployment sealed is refused, and so is what nobody sealed', () => {
  expect(() => seal.openPosition(other.position({ partition: 1, position: position(7) }))).toThrow(BrokenCursorError);
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => seal.openPosition(text)).toThrow(BrokenCursorError);
      expect(() => seal.openCursor('rooms', text)).toThrow(BrokenCursorError);
    }),
  );
});
