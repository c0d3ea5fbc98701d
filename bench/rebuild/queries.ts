/** Messages in a page. */
export const PAGE = 20;

const MESSAGE = 'seq body author { handle } reactions { emoji count }';
const SEND =
  'mutation Send($input: SendMessageInput!, $for: CommandStage!) { sendMessage(input: $input, ' +
  'waitFor: $for) { receipt { status position } message { seq } } }';
const NEWEST = `query Newest($id: ID!, $atLeast: Position) {
  room(id: $id, atLeast: $atLeast) { title memberCount unreadCount messages(last: ${PAGE}) { nodes { ${MESSAGE} } } }
}`;
const OLDER =
  `query Older($id: ID!, $before: String!) { room(id: $id) { messages(last: ${PAGE}, before: ` +
  `$before) { nodes { ${MESSAGE} } } } }`;
export const EVENTS =
  'subscription Events($roomId: ID!) { roomEvents(roomId: $roomId) { ... on MessagePosted { message { seq } } } }';

/** Bodies of requests. */
export const send = (roomId: string, body: string, waitFor: 'DECIDED' | 'PROJECTED'): string =>
  JSON.stringify({ query: SEND, variables: { input: { roomId, body }, for: waitFor } });
export const newest = (id: string, atLeast: string | null): string =>
  JSON.stringify({ query: NEWEST, variables: { id, atLeast } });
export const older = (id: string, before: string): string =>
  JSON.stringify({ query: OLDER, variables: { id, before } });

export interface MessageNode {
  readonly seq: number;
  readonly body: string;
  readonly author: { readonly handle: string };
  readonly reactions: readonly { readonly emoji: string; readonly count: number }[];
}

export interface RoomAnswer {
  readonly title: string;
  readonly memberCount: number;
  readonly unreadCount: number | null;
  readonly messages: { readonly nodes: readonly MessageNode[] };
}

export interface SendAnswer {
  readonly receipt: { readonly status: string; readonly position: string | null };
  readonly message: { readonly seq: number } | null;
}
