import { performance } from 'node:perf_hooks';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

export interface Sender extends AsyncDisposable {
  /** Sends one message, and resolves with the milliseconds until its event. */
  send(body: string): Promise<number>;
  /** An empty query over HTTP: the cost of every request, in milliseconds. */
  askNothing(): Promise<number>;
}

const SEND =
  'mutation Send($input: SendMessageInput!) { sendMessage(input: $input, waitFor: ACCEPTED) ' +
  '{ receipt { status } } }';
const EVENTS = `subscription Events($roomId: ID!, $after: Position) {
  roomEvents(roomId: $roomId, after: $after) {
    position ... on MessagePosted { message { seq body author { handle } } }
  }
}`;

/** A user in a room of its own, who subscribes to it. */
export async function openSender(url: string): Promise<Sender> {
  let token = '';
  const ask = async <T>(query: string, variables: object): Promise<T> => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data: T; errors?: readonly { readonly message: string }[] };
    if (errors) throw new Error(errors.map(({ message }) => message).join('; '));
    return data;
  };
  const { signIn } = await ask<{ signIn: { token: string } }>('mutation { signIn(handle: "bench") { token } }', {});
  token = signIn.token;
  const { createRoom } = await ask<{ createRoom: { receipt: { position: string }; room: { id: string } } }>(
    'mutation { createRoom(input: { title: "bench" }) { receipt { position } room { id } } }',
    {},
  );

  const client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
  });
  let arrived: (body: string) => void = () => undefined;
  const failed = new Promise<never>((_resolve, reject) => {
    client.subscribe<{ roomEvents: { message?: { body: string } } }>(
      { query: EVENTS, variables: { roomId: createRoom.room.id, after: createRoom.receipt.position } },
      { next: ({ data }) => arrived(data?.roomEvents.message?.body ?? ''), error: reject, complete: () => undefined },
    );
  });
  // `send` reports it; without this it would be an unhandled rejection.
  failed.catch(() => undefined);

  return {
    async send(body) {
      const back = new Promise<void>((resolve) => {
        arrived = (seen) => {
          if (seen === body) resolve();
        };
      });
      const begun = performance.now();
      const answered = ask(SEND, { input: { roomId: createRoom.room.id, body } });
      await Promise.race([back, failed]);
      const taken = performance.now() - begun;
      await answered;
      return taken;
    },
    async askNothing() {
      const begun = performance.now();
      await ask('{ __typename }', {});
      return performance.now() - begun;
    },
    async [Symbol.asyncDispose]() {
      await client.dispose();
    },
  };
}
