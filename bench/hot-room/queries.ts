import type { Answer } from '../support/raw-http.js';
import type { Outcome } from '../support/open-loop.js';

/** Messages in a page: the API's default. */
export const PAGE = 50;

const page = (place: string, ofRoom: string, ofReaction: string): string => `room(id: $id) {
    ${ofRoom}
    messages(last: ${PAGE}${place}) {
      edges { cursor node { id seq body createdAt author { handle name } reactions { emoji count ${ofReaction} } } }
      pageInfo { hasPreviousPage startCursor }
    }
  }`;

const NEWEST = `query Newest($id: ID!) { ${page('', 'id title', '')} }`;
const OLDER = `query Older($id: ID!, $before: String!) { ${page(', before: $before', 'id title', '')} }`;
const PERSONAL = `query Personal($id: ID!) { ${page('', 'id title myReadSeq', 'mine')} }`;
const SEND =
  'mutation Send($id: ID!, $body: String!) { sendMessage(input: { roomId: $id, body: $body }) ' +
  '{ message { id } } }';
const REACT =
  'mutation React($id: ID!, $messageId: ID!) { addReaction(input: { roomId: $id, messageId: ' +
  '$messageId, emoji: "👍" }) { receipt { status } } }';

/** Bodies of requests. */
export const newest = (id: string): string => JSON.stringify({ query: NEWEST, variables: { id } });
export const older = (id: string, before: string): string =>
  JSON.stringify({ query: OLDER, variables: { id, before } });
export const personal = (id: string): string => JSON.stringify({ query: PERSONAL, variables: { id } });
export const send = (id: string, body: string): string => JSON.stringify({ query: SEND, variables: { id, body } });
export const react = (id: string, messageId: string): string =>
  JSON.stringify({ query: REACT, variables: { id, messageId } });

/** The text of a message with the time of its writing: nothing else in an answer has a `@`. */
export const stamped = (at: number): string =>
  `what people write in a busy room, about as long as it is there on most days @${at}`;

/** The number that follows the last such text in an answer; NaN where there is none. */
function lastNumberAfter(text: string, { bytes }: Answer): number {
  const at = bytes.lastIndexOf(text);
  return at < 0 ? Number.NaN : Number.parseInt(bytes.toString('latin1', at + text.length, at + text.length + 20), 10);
}

/** The time at which the last message of an answer was written; NaN where the answer does not show it. */
export const stampOf = (answer: Answer): number => lastNumberAfter('@', answer);

/** The pace in an answer from a hot room; NaN where the room was not hot. */
export const paceOf = (answer: Answer): number => lastNumberAfter('"paceMs":', answer);

export const messageIdOf = ({ body }: Answer): string | undefined => /"message":\{"id":"([^"]+)"/.exec(body)?.[1];

export const retryAfterOf = ({ body }: Answer): number => Number(/"retryAfterMs":(\d+)/.exec(body)?.[1] ?? 0);

/** Answers begin with their errors, where they have any. */
export function judge({ status, bytes }: Answer): Exclude<Outcome, 'unanswered'> {
  const begins = (text: string): boolean => bytes.toString('latin1', 0, text.length) === text;
  if (status === 200 && begins('{"data"')) return 'served';
  return begins('{"errors"') && bytes.includes('"ROOM_HOT"') ? 'refused' : 'failed';
}
