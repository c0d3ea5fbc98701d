import { ApolloClient, ApolloLink, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

// Apollo's link compares an error with the browser's WebSocket class, which Node.js has from version 22 on.
Object.assign(globalThis, { WebSocket });

/** A user of the API with an application's libraries: nothing but the published Apollo and graphql-ws packages. */
export interface ChatClient extends AsyncDisposable {
  readonly userId: string;
  readonly token: string;
  mutate<T>(mutation: string, variables: Record<string, unknown>): Promise<T>;
  query<T>(query: string, variables?: Record<string, unknown>): Promise<T>;
  /** Receives the room's events from a position on. With a position, the subscription is known to stand. */
  events(roomId: string, after?: string): EventStream;
}

export interface RoomEvent {
  readonly __typename: string;
  readonly position: string;
  readonly message?: {
    readonly id: string;
    readonly seq: number;
    readonly body: string;
    readonly author: { readonly handle: string };
  };
}

export interface EventStream {
  readonly received: RoomEvent[];
  readonly errors: unknown[];
  stop(): void;
}

export interface Receipt {
  readonly commandId: string;
  readonly status: 'ACCEPTED' | 'SUCCEEDED' | 'REJECTED';
  readonly position: string | null;
  readonly rejection: { readonly code: string } | null;
}

const RECEIPT = 'receipt { commandId status position rejection { code message } }';

export async function signIn(url: string, handle: string): Promise<ChatClient> {
  const anonymous = new ApolloClient({ cache: new InMemoryCache(), link: new HttpLink({ uri: `${url}/graphql` }) });
  const { data } = await anonymous.mutate<{ signIn: { token: string; user: { id: string } } }>({
    mutation: gql`
      mutation SignIn($handle: String!) {
        signIn(handle: $handle) {
          token
          user {
            id
          }
        }
      }
    `,
    variables: { handle },
  });
  anonymous.stop();
  return connect(url, data!.signIn.token, data!.signIn.user.id);
}

export function connect(url: string, token: string, userId: string): ChatClient {
  const authorization = `Bearer ${token}`;
  const socket = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization },
    retryAttempts: 0,
  });
  const client = new ApolloClient({
    cache: new InMemoryCache(),
    defaultOptions: { query: { fetchPolicy: 'no-cache' }, mutate: { fetchPolicy: 'no-cache' } },
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socket),
      new HttpLink({ uri: `${url}/graphql`, headers: { authorization } }),
    ),
  });

  return {
    userId,
    token,
    async mutate<T>(mutation: string, variables: Record<string, unknown>) {
      const { data } = await client.mutate({ mutation: gql(mutation), variables });
      return data as T;
    },
    async query<T>(query: string, variables: Record<string, unknown> = {}) {
      const { data } = await client.query({ query: gql(query), variables });
      return data as T;
    },
    events(roomId, after) {
      const received: RoomEvent[] = [];
      const errors: unknown[] = [];
      const subscription = client
        .subscribe<{ roomEvents: RoomEvent }>({
          query: gql`
            subscription RoomEvents($roomId: ID!, $after: Position) {
              roomEvents(roomId: $roomId, after: $after) {
                __typename
                position
                ... on MessagePosted {
                  message {
                    id
                    seq
                    body
                    author {
                      handle
                    }
                  }
                }
              }
            }
          `,
          variables: { roomId, after: after ?? null },
          fetchPolicy: 'no-cache',
        })
        .subscribe({
          next: ({ data, error }) => {
            if (data) received.push(data.roomEvents);
            if (error) errors.push(error);
          },
          error: (error: unknown) => errors.push(error),
        });
      return { received, errors, stop: () => subscription.unsubscribe() };
    },
    async [Symbol.asyncDispose]() {
      client.stop();
      // A connection attempt is waited for, and may be refused: its server is gone.
      await Promise.resolve(socket.dispose()).catch(() => undefined);
    },
  };
}

export const createRoom = async (
  client: ChatClient,
  title: string,
): Promise<{ readonly roomId: string; readonly position: string }> => {
  const { createRoom: made } = await client.mutate<{ createRoom: { receipt: Receipt; room: { id: string } } }>(
    `mutation CreateRoom($title: String!) { createRoom(input: { title: $title }) { ${RECEIPT} room { id } } }`,
    { title },
  );
  return { roomId: made.room.id, position: made.receipt.position! };
};

export const joinRoom = async (client: ChatClient, roomId: string): Promise<Receipt> =>
  (
    await client.mutate<{ joinRoom: { receipt: Receipt } }>(
      `mutation Join($roomId: ID!) { joinRoom(input: { roomId: $roomId }) { ${RECEIPT} } }`,
      { roomId },
    )
  ).joinRoom.receipt;

export const sendMessage = async (
  client: ChatClient,
  input: { readonly roomId: string; readonly body: string; readonly commandId?: string },
) =>
  (
    await client.mutate<{
      sendMessage: { receipt: Receipt; message: { readonly id: string; readonly seq: number } | null };
    }>(`mutation Send($input: SendMessageInput!) { sendMessage(input: $input) { ${RECEIPT} message { id seq } } }`, {
      input,
    })
  ).sendMessage;

/** Null where a part is away for a moment, and the answer allows a retry. */
export async function unlessAway<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    const isAway =
      CombinedGraphQLErrors.is(error) && error.errors.every(({ extensions }) => extensions?.['code'] === 'UNAVAILABLE');
    if (!isAway) throw error;
    return null;
  }
}

export interface MessageNode {
  readonly seq: number;
  readonly body: string;
}

/** The whole history of a room, page by page, oldest first. */
export async function allMessages(client: ChatClient, roomId: string): Promise<readonly MessageNode[]> {
  const nodes: MessageNode[] = [];
  for (let after: string | null = null; ;) {
    const {
      room,
    }: { room: { messages: { nodes: MessageNode[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } } } } =
      await client.query(
        `query History($id: ID!, $after: String) {
        room(id: $id) { messages(first: 100, after: $after) { nodes { seq body } pageInfo { hasNextPage endCursor } } }
      }`,
        { id: roomId, after },
      );
    nodes.push(...room.messages.nodes);
    if (!room.messages.pageInfo.hasNextPage) return nodes;
    after = room.messages.pageInfo.endCursor;
  }
}
