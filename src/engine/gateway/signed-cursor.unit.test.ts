import fc from 'fast-check';
import { epoch, position } from '../domain/ids.js';
import { createLogEpochs } from '../log/known-epochs.js';
import { BrokenCursorError, createCursorSigner } from './signed-cursor.js';

const signer = createCursorSigner(Buffer.alloc(32, 1));
const other = createCursorSigner(Buffer.alloc(32, 2));

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const place = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((text) => text.length > 0);
const logPosition = fc.record({ partition: fc.nat(63), position: fc.nat(2 ** 50 - 1).map(position) });

test('a position comes back as it was', () => {
  fc.assert(
    fc.property(logPosition, (at) => expect(signer.openPosition(signer.position(at))).toEqual({ ...at, epoch: 0 })),
  );
});

test('a position has the epoch of its issue; those from before epochs open, too', () => {
  const epochs = createLogEpochs();
  epochs.learn(2, [{ epoch: epoch(1_796_000_000_123_456), fork: position(5) }]);
  const forked = createCursorSigner(Buffer.alloc(32, 1), epochs);
  const at = (place: number) => ({ partition: 2, position: position(place) });
  expect(forked.openPosition(forked.position(at(6)))).toEqual({ ...at(6), epoch: 1_796_000_000_123_456 });
  expect(forked.openPosition(forked.position(at(5)))).toEqual({ ...at(5), epoch: 0 });
  expect(forked.position(at(5))).toBe(signer.position(at(5)));
});

test('what clients keep stays as it is written: these strings were handed out', () => {
  expect(signer.position({ partition: 2, position: position(5) })).toBe('bxX7gk59Mi41');
  expect(signer.cursor('rooms', 'b')).toBe('NH7-tN2XYg');
});

test('a cursor comes back as it was', () => {
  fc.assert(fc.property(place, (text) => expect(signer.openCursor('rooms', signer.cursor('rooms', text))).toBe(text)));
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
    logPosition.map((at) => ({ sealed: signer.position(at), open: signer.openPosition })),
    place.map((text) => ({
      sealed: signer.cursor('rooms', text),
      open: (given: string) => signer.openCursor('rooms', given),
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

test('bytes that only decode to the signed text are refused', () => {
  // An invalid UTF-8 byte decodes to U+FFFD, too.
  const bytes = Buffer.from(signer.cursor('rooms', '\uFFFD'), 'base64url');
  const broken = Buffer.concat([bytes.subarray(0, -3), Buffer.from([0xff])]).toString('base64url');
  expect(() => signer.openCursor('rooms', broken)).toThrow(BrokenCursorError);
});

test('a string that was signed for another use is refused', () => {
  fc.assert(
    fc.property(place, (text) => {
      expect(() => signer.openCursor('messages', signer.cursor('rooms', text))).toThrow(BrokenCursorError);
      expect(() => signer.openPosition(signer.cursor('rooms', text))).toThrow(BrokenCursorError);
    }),
  );
  expect(() => signer.openCursor('rooms', signer.position({ partition: 1, position: position(1) }))).toThrow(
    BrokenCursorError,
  );
});

test('strings that another deployment signed are refused, and so are unsigned ones', () => {
  expect(() => signer.openPosition(other.position({ partition: 1, position: position(7) }))).toThrow(BrokenCursorError);
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => signer.openPosition(text)).toThrow(BrokenCursorError);
      expect(() => signer.openCursor('rooms', text)).toThrow(BrokenCursorError);
    }),
  );
});
