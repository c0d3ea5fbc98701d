/**
 * The tabs of a fresh page, to be executed from the left to the right. Each has lines of at most 50 columns, and is
 * seen whole in a window of 1366 × 768. The end-to-end test of this page executes them as they stand, so an example
 * that the schema no longer allows does not go unseen.
 */
export const SIGN_IN = `# 1 of 6: sign in. Press play, or Ctrl-Enter.
#
# The page keeps the token of the answer, and uses
# it from then on, over HTTP and WebSocket alike.
# An Authorization under Headers goes before it;
# with AUTH_MODE=jwt, that is the way to sign in.
#
# To be two people at once, open this page in a
# second browser tab, and sign in there with
# another handle.

mutation SignIn {
  signIn(handle: "mina") {
    token
    user { id handle }
  }
}`;

const createRoom = `# 2 of 6: make a room, which the page remembers.
#
# Every command answers with a receipt. waitFor
# says how long the answer waits: until it is safe
# (ACCEPTED), has had its effect or was refused
# (DECIDED), or until queries show it (PROJECTED).

mutation CreateRoom {
  createRoom(
    input: { title: "Sunny courtyard" }
    waitFor: PROJECTED
  ) {
    receipt {
      status
      position
      rejection { code message }
    }
    room { id title memberCount }
  }
}`;

const joinRoom = `# 3 of 6: join a room. Its maker is in it already.
#
# Where roomId is empty, under Variables, the page
# fills in the room that was made or joined last.
# The button with its name, at the top, puts it in
# again.

mutation JoinRoom($roomId: ID!) {
  joinRoom(
    input: { roomId: $roomId }
    waitFor: PROJECTED
  ) {
    receipt {
      status
      rejection { code message }
    }
    room { id title memberCount }
  }
}`;

const sendMessage = `# 4 of 6: say something.
#
# Sent again with the same commandId in its input,
# a command has one effect, and the same receipt.

mutation SendMessage(
  $roomId: ID!
  $body: String!
) {
  sendMessage(
    input: { roomId: $roomId, body: $body }
  ) {
    receipt {
      status
      position
      rejection { code message }
    }
    message { seq body }
  }
}`;

const readRoom = `# 5 of 6: read the room. To see a write for sure,
# on any server, add the position of its receipt:
# room(id: $roomId, atLeast: "…").

query ReadRoom($roomId: ID!) {
  room(id: $roomId) {
    title
    memberCount
    unreadCount
    messages(last: 20) {
      nodes {
        seq
        author { handle }
        body
        createdAt
        reactions { emoji count mine }
      }
      pageInfo { hasPreviousPage startCursor }
    }
  }
}`;

const roomEvents = `# 6 of 6: watch the room live, also while another
# tab is open. The newest event comes first.

subscription RoomEvents(
  $roomId: ID!
  $after: Position
) {
  roomEvents(roomId: $roomId, after: $after) {
    __typename
    position
    at
    ... on MessagePosted {
      message { seq author { handle } body }
    }
    ... on ReactionAdded { messageId emoji }
    ... on ReactionRemoved { messageId emoji }
    ... on MemberJoined { user { handle } }
    ... on MemberLeft { userId }
    ... on RoomHeatChanged { heat { state } }
  }
}`;

const variables = (values: object) => `${JSON.stringify(values, null, 2)}\n`;

export const EXAMPLES = [
  { query: SIGN_IN },
  { query: createRoom },
  { query: joinRoom, variables: variables({ roomId: '' }) },
  { query: sendMessage, variables: variables({ roomId: '', body: 'Hello, courtyard!' }) },
  { query: readRoom, variables: variables({ roomId: '' }) },
  { query: roomEvents, variables: variables({ roomId: '', after: null }) },
];
