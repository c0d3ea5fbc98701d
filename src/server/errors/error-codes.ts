/** The errors outside of the domain, as clients see them. A test compares `docs/errors.md` with these tables. */
interface CodeEntry {
  readonly meaning: string;
  /** The next step of the client, or of its author. */
  readonly remedy: string;
  /** The fields beside the code in `extensions`. */
  readonly extensions?: readonly string[];
}

export const ERROR_CODES = {
  UNAUTHENTICATED: {
    meaning: 'There is no token, or it is forged, malformed or expired, or its user has deleted their account.',
    remedy: 'Sign in, and send the new token as `Authorization: Bearer TOKEN`.',
  },
  FORBIDDEN: {
    meaning: 'The token is good, but does not allow this: the caller is not a member of the room, or lacks the role.',
    remedy: 'Join the room, or ask for the role. Repeating the request does not help.',
  },
  NOT_FOUND: {
    meaning: 'The object of the operation does not exist. A read model that is behind gives UNAVAILABLE instead.',
    remedy: 'Check the id. Repeating the request does not help.',
  },
  BAD_USER_INPUT: {
    meaning: 'An argument or variable does not fit; the message names the field and the rule.',
    remedy: 'Correct the input. Nothing was sent to the command log.',
    extensions: ['field'],
  },
  ROOM_HOT: {
    meaning: 'The room is hot: its members read older pages in turns.',
    remedy:
      'Show the loaded messages, and request the same page again after `retryAfterMs`. ' +
      'The newest page and the subscription are always available.',
    extensions: ['retryAfterMs'],
  },
  TOO_MANY_REQUESTS: {
    meaning:
      'The user, or for `signIn` the address or the handle, sends more of a mutation than its limit ' +
      'allows; or the user has a gifticon request under way in the campaign; or an address, a user, ' +
      'a socket or a room has as many connections, operations or subscriptions on this server as it ' +
      'may have; or the operations of a user, or of an address without a token, ' +
      'cost more than they may a second.',
    remedy:
      'Send again after `retryAfterMs`, with the same commandId. ' +
      'Close connections and end subscriptions that are not needed; ask for smaller pages.',
    extensions: ['retryAfterMs'],
  },
  POSITION_GONE: {
    meaning:
      'The subscription cannot continue from `after`, or the query wait for `atLeast`: ' +
      'the position is unknown, of another log, or of a part that the log has lost since.',
    remedy: 'Read the state afresh with queries, then subscribe without `after` or from a position just received.',
  },
  SUBSCRIPTION_LAGGED: {
    meaning: 'The client reads more slowly than the room writes, and its buffer is full. The subscription has ended.',
    remedy: 'Subscribe again with `after` set to `position`, the last one delivered: nothing is missed or repeated.',
    extensions: ['position'],
  },
  UNAVAILABLE: {
    meaning:
      'A service that the operation needs is unavailable for the moment, or the server is stopping. ' +
      'Whether a command was stored is unknown.',
    remedy: 'Send again after `retryAfterMs`, a command with the same commandId: repetitions have no second effect.',
    extensions: ['retryAfterMs'],
  },
  INTERNAL: {
    meaning: 'A fault of the server. Its details are in the log of the server only.',
    remedy: 'Report the `traceId`. A command may be sent again with the same commandId.',
    extensions: ['traceId'],
  },
  GRAPHQL_PARSE_FAILED: {
    meaning: 'The document is not GraphQL, or has too many tokens.',
    remedy: 'Correct the document, or split it.',
  },
  GRAPHQL_VALIDATION_FAILED: {
    meaning: 'The document does not fit the schema, is too deep, has too many aliases, or costs too much.',
    remedy: 'Compare it with the schema; ask for less at a time: fewer levels, fewer aliases, smaller pages.',
  },
  PAYLOAD_TOO_LARGE: {
    meaning: 'The request, or its command, has more bytes than allowed.',
    remedy: 'Send less at a time. Nothing was stored.',
  },
  ANSWER_TOO_LARGE: {
    meaning: 'The answer has more bytes than the server sends. A mutation has taken effect all the same.',
    remedy: 'Ask for smaller pages, or for fewer fields; after a mutation, for its receipt with `command`.',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;

export type ErrorCode = keyof typeof ERROR_CODES;

/**
 * The codes with which the server closes a WebSocket: those of the graphql-transport-ws protocol, and those of the
 * WebSocket protocol.
 */
export const CLOSE_CODES = {
  1001: {
    meaning: 'The server is stopping.',
    remedy: 'Connect again, perhaps to another server, and continue with `after`.',
  },
  1002: {
    meaning:
      'A frame breaks the WebSocket protocol or the agreed extensions: compressed, without a mask, ' +
      'a ping of more than 125 bytes, a close with a reserved code.',
    remedy: 'Correct the client, or the proxy between it and the server, before connecting again.',
  },
  1007: {
    meaning: 'A message is not UTF-8.',
    remedy: 'Correct the client: text is sent in UTF-8.',
  },
  1008: {
    meaning: 'The client sends more messages, or a message in more pieces, than the server takes.',
    remedy: 'Correct the client before connecting again: a pause between messages, one ping every few seconds.',
  },
  1009: {
    meaning: 'A message has more bytes than the server takes.',
    remedy: 'Send less at a time.',
  },
  1013: {
    meaning:
      'The token cannot be verified now: the keys of the identity provider are out of ' +
      'reach. With a reason that begins with TOO_MANY_REQUESTS: ' +
      'the user has too many WebSockets and streams open.',
    remedy: 'Connect again after a pause, with the same token; close unneeded ones before.',
  },
  4400: {
    meaning:
      'A message is not one of the protocol, nests deeper than 64 levels, or has an id of more than 256 characters.',
    remedy: 'Correct the client before connecting again.',
  },
  4401: {
    meaning: 'The client subscribed before its `connection_init` was acknowledged.',
    remedy: 'Wait for `connection_ack` first.',
  },
  4403: {
    meaning:
      'The token is missing, forged or malformed; with the reason "Token expired": ' +
      'it was good until now. A socket without a token is closed after a minute.',
    remedy: 'Get a new token, connect with it in `connectionParams.authorization`, and continue with `after`.',
  },
  4406: {
    meaning: 'The client offers no subprotocol that the server knows.',
    remedy: 'Use `graphql-transport-ws`.',
  },
  4408: {
    meaning: 'The client connected but sent no `connection_init` in time.',
    remedy: 'Send it as soon as the socket is open.',
  },
  4409: {
    meaning: 'An id is in use by another operation of this socket.',
    remedy: 'Give every running operation an id of its own.',
  },
  4429: {
    meaning: 'The client sent `connection_init` more than once.',
    remedy: 'Send it once a connection.',
  },
  4500: {
    meaning: 'A fault of the server while it handled a message.',
    remedy: 'Connect again after a pause, and continue with `after`.',
  },
} as const satisfies Readonly<Record<number, CodeEntry>>;

export type CloseCode = keyof typeof CLOSE_CODES;
