/** What all programs are asked for, and what they answer with, so that a delivery has the same bytes everywhere. */
export const EVENTS =
  'subscription Events($roomId: ID!) { roomEvents(roomId: $roomId) { position ... on MessagePosted ' +
  '{ message { id seq body author { handle } } } } }';

/** The handle of who writes. */
export const AUTHOR = 'bench-founder';

const PADDING = 'about as long as what people write in a busy room on most days';

/** The text of a message, which begins with the time at which it was due: milliseconds since 1970. */
export const bodyDueAt = (due: number): string => `${Math.round(due)} ${PADDING}`;

/** The time in a delivery; NaN where it has none. */
export function dueOf(payload: string): number {
  const at = payload.indexOf('"body":"');
  return at < 0 ? Number.NaN : Number.parseInt(payload.slice(at + 8, at + 28), 10);
}

/** A delivery of a program that stores nothing. */
export const eventOf = (seq: number, body: string) => ({
  roomEvents: {
    __typename: 'MessagePosted',
    position: `p${String(seq).padStart(10, '0')}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx`,
    message: {
      id: `6f1c2b5e-93a0-5c7e-8a51-0d2f4b6a8c01/${seq}`,
      seq,
      body,
      author: { handle: AUTHOR },
    },
  },
});
