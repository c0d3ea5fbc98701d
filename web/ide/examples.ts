/**
 * The tabs of a fresh page, to be run from the left to the right. They are taken as they stand by the end to end test
 * of this page, so an example that the schema no longer allows does not go unseen.
 */
const signInAndMakeARoom = `# 1 of 3: sign in, then make a room.
#
# Pick an operation from the play button, or put the
# cursor into it and press Ctrl-Enter (Mac: Cmd-Enter).
#
# The page keeps the token that signIn answers with and
# sends it from then on, over HTTP and WebSocket alike.
# An Authorization in the Headers pane goes before it.
#
# To be two people at once, open this page in a second
# browser tab and sign in there with another handle.

mutation SignIn {
  signIn(handle: "mina") {
    token
    user { id handle }
  }
}

# Every command answers with a receipt. waitFor says
# how long the answer waits: until the command is safe
# (ACCEPTED), has had its effect or was refused
# (DECIDED), or until queries show it, too (PROJECTED).
#
# The page remembers the room for the next two tabs.

mutation CreateRoom {
  createRoom(
    input: { title: "Sunny courtyard" }
    waitFor: PROJECTED
  ) {
    receipt {
      commandId
      status
      position
      rejection { code message }
    }
    room { id title memberCount }
  }
}
`;

const sendAndRead = `# 2 of 3: say something, then read the room.
#
# The room that was made or joined last is filled in
# below, under Variables, where roomId is empty. The
# button with its name, at the top, puts it in again.

mutation SendMessage($roomId: ID!, $body: String!) {
  sendMessage(input: { roomId: $roomId, body: $body }) {
    receipt {
      status
      position
      rejection { code message }
    }
    message { seq body }
  }
}

# Who makes a room is in it. Everybody else joins first.

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
}

# To be sure to read what you just wrote, from any
# server, hand on the position of its receipt:
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
}
`;

const live = `# 3 of 3: watch the room live.
#
# Press play, then send something from a second browser
# tab: it has these same examples and knows the room.
# The newest event comes first, then those "earlier".
#
# To go on where you left off, with nothing missing and
# nothing twice, put the position of the last event you
# saw into "after".

subscription RoomEvents($roomId: ID!, $after: Position) {
  roomEvents(roomId: $roomId, after: $after) {
    __typename
    position
    at
    ... on MessagePosted {
      message {
        seq
        author { handle }
        body
      }
    }
    ... on ReactionAdded { messageId emoji }
    ... on ReactionRemoved { messageId emoji }
    ... on MemberJoined { user { handle } }
    ... on MemberLeft { userId }
    ... on RoomHeatChanged { heat { state paceMs } }
  }
}
`;

const variables = (values: object) => `${JSON.stringify(values, null, 2)}\n`;

export const EXAMPLES = [
  { query: signInAndMakeARoom },
  { query: sendAndRead, variables: variables({ roomId: '', body: 'Hello, courtyard!' }) },
  { query: live, variables: variables({ roomId: '', after: null }) },
];
