import { createPersonalSlots, fill } from './personal-slots.js';

const at = (...keys: (string | number)[]) => ({
  path: keys.reduce<never>((prev, key) => ({ prev, key, typename: undefined }) as never, undefined as never),
});

test('each member gets the same answer with own values, in the order of the answer', () => {
  const slots = createPersonalSlots();
  const data = {
    room: {
      seen: null as unknown,
      nodes: [
        { reactions: [{ mine: false as unknown }] },
        { reactions: [] },
        { reactions: [{ mine: false }, { mine: false }] },
      ],
    },
  };
  slots.leave(at('room', 'nodes', 2, 'reactions', 1, 'mine'), { of: 'mine', seq: 3, emoji: 'b' });
  slots.leave(at('room', 'nodes', 0, 'reactions', 0, 'mine'), { of: 'mine', seq: 1, emoji: 'a' });
  slots.leave(at('room', 'seen'), { of: 'readSeq' });
  const template = slots.template({ data });
  const answer = (own: ReadonlySet<string>, seen: number | null): unknown =>
    JSON.parse(
      String(
        fill(template, (slot) => JSON.stringify(slot.of === 'mine' ? own.has(`${slot.seq}/${slot.emoji}`) : seen)),
      ),
    );
  expect(answer(new Set(['3/b']), 7)).toEqual({
    data: {
      room: {
        seen: 7,
        nodes: [{ reactions: [{ mine: false }] }, { reactions: [] }, { reactions: [{ mine: false }, { mine: true }] }],
      },
    },
  });
  expect(answer(new Set(['1/a']), null)).toEqual({
    data: {
      room: {
        seen: null,
        nodes: [{ reactions: [{ mine: true }] }, { reactions: [] }, { reactions: [{ mine: false }, { mine: false }] }],
      },
    },
  });
});

test('without slots there is one part, with any text', () => {
  const answer = { data: { body: '"0123456789abcdef01234567/0" 안녕' } };
  const template = createPersonalSlots().template(answer);
  expect(template.slots).toEqual([]);
  expect(String(fill(template, () => 'never'))).toBe(JSON.stringify(answer));
});
