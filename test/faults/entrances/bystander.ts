import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { until } from '../../support/conditions.js';
import type { Control } from './control.js';

/** A well-behaved client, while others attack the server. */
export interface Bystander extends AsyncDisposable {
  readonly roomId: string;
  /** Writes and reads until `over`, and so many times at least. @returns the duration of each, in milliseconds */
  live(over: () => boolean, times: number): Promise<Took>;
  /** The wrong answers that it got. */
  broken(): Promise<readonly string[]>;
}

export interface Took {
  readonly own: readonly number[];
  /** The same from the server that nobody attacks, asked in turn with the other. */
  readonly control: readonly number[];
}

interface Answer {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly { readonly message: string }[];
}

interface Message {
  readonly seq: number;
  readonly body: string;
}

interface Page {
  readonly room: {
    readonly messages: {
      readonly nodes: readonly Message[];
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    };
  };
}

const BETWEEN_MS = 15;
/** The limit of one turn, for a server that hardly answers. */
const MAX_MS = 15_000;

export async function signedIn(
  url: string,
  handle: string,
): Promise<(query: string, variables?: object) => Promise<Answer>> {
  const agent = new Agent({ keepAlive: true, maxSockets: 2 });
  const ask = (token: string | null, query: string, variables: object = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const headers = {
        'content-type': 'application/json',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      };
      const sent = request(`${url}/graphql`, { agent, method: 'POST', headers }, (response) => {
        let text = '';
        response.on('data', (chunk) => (text += String(chunk)));
        response.once('error', reject);
        response.once('end', () => {
          try {
            resolve(JSON.parse(text) as Answer);
          } catch (error) {
            reject(new Error(`no JSON: ${text.slice(0, 200)}`, { cause: error }));
          }
        });
      });
      sent.once('error', reject);
      sent.end(JSON.stringify({ query, variables }));
    });
  const { data, errors } = await ask(null, 'mutation ($handle: String!) { signIn(handle: $handle) { token } }', {
    handle,
  });
  if (!data) throw new Error(`signing in answered ${JSON.stringify(errors)}`);
  const { token } = data.signIn as { readonly token: string };
  return Object.assign((query: string, variables?: object) => ask(token, query, variables), { token });
}

export async function newRoom(ask: Awaited<ReturnType<typeof signedIn>>, title: string): Promise<string> {
  const { data, errors } = await ask(
    'mutation ($title: String!) { createRoom(input: { title: $title }, waitFor: PROJECTED) { room { id } } }',
    { title },
  );
  const room = (data?.createRoom as { readonly room: { readonly id: string } | null } | undefined)?.room;
  if (!room) throw new Error(`opening a room answered ${JSON.stringify(errors)}`);
  return room.id;
}

const SEND =
  'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { receipt { status } message { seq } } }';

export async function openBystander(url: string, control: Control, isAlive: () => boolean): Promise<Bystander> {
  const ask = await signedIn(url, 'bystander');
  const { token } = ask as typeof ask & { readonly token: string };
  const roomId = await newRoom(ask, 'quiet');
  const sent = new Map<string, Message>();
  const heard: Message[] = [];
  const wrong: string[] = [];

  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  let ended: string | null = null;
  socket.on('message', (data: Buffer) => {
    const { type, payload } = JSON.parse(String(data)) as {
      readonly type: string;
      readonly payload?: { readonly data?: { readonly roomEvents?: { readonly message?: Message } } };
    };
    if (type === 'connection_ack')
      socket.send(
        JSON.stringify({
          id: '1',
          type: 'subscribe',
          payload: {
            query: `subscription { roomEvents(roomId: "${roomId}") { ... on MessagePosted { message { seq body } } } }`,
          },
        }),
      );
    else if (type === 'next' && payload?.data?.roomEvents?.message) heard.push(payload.data.roomEvents.message);
    else if (type === 'error' || type === 'complete') ended = String(data);
  });
  socket.on('close', (code) => (ended ??= `closed with ${code}`));
  socket.on('error', () => undefined);
  socket.on('open', () =>
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })),
  );

  const write = async (): Promise<void> => {
    const commandId = randomUUID();
    const body = `message ${commandId}`;
    const { data, errors } = await ask(SEND, { input: { roomId, body, commandId } });
    const payload = data?.sendMessage as
      { readonly receipt: { readonly status: string }; readonly message: { readonly seq: number } | null } | undefined;
    if (payload?.receipt.status !== 'SUCCEEDED' || !payload.message)
      return void wrong.push(`a message was answered with ${JSON.stringify(errors ?? data)}`);
    sent.set(commandId, { seq: payload.message.seq, body });
  };
  const read = async (): Promise<void> => {
    const { data, errors } = await ask(
      'query ($id: ID!) { me { handle } room(id: $id) { messages(last: 20) { nodes { seq body } } } }',
      { id: roomId },
    );
    if (!data?.room) wrong.push(`a query was answered with ${JSON.stringify(errors ?? data)}`);
  };

  // The subscription stands once it has delivered a message.
  await until(async () => {
    await write();
    return heard.length > 0;
  }, 'the subscription of the bystander');
  const from = heard[0]!.seq;

  return {
    roomId,
    async live(over, times) {
      const own: number[] = [];
      const asked: number[] = [];
      const hung = performance.now() + MAX_MS;
      while ((!over() || own.length < times) && isAlive() && performance.now() < hung) {
        for (const work of [write, read]) {
          const began = performance.now();
          await work().catch((error: unknown) => void wrong.push(`a request failed: ${String(error)}`));
          own.push(performance.now() - began);
          asked.push(await control.ask());
        }
        await pause(BETWEEN_MS);
      }
      return { own, control: asked };
    },
    async broken() {
      const found = [...wrong];
      const messages: Message[] = [];
      for (let after: string | null = null, more = true; more;) {
        const { data } = await ask(
          'query ($id: ID!, $after: String) { room(id: $id) { messages(first: 100, after: $after) ' +
            '{ nodes { seq body } pageInfo { hasNextPage endCursor } } } }',
          { id: roomId, after },
        );
        const { nodes, pageInfo } = (data as unknown as Page).room.messages;
        messages.push(...nodes);
        more = pageInfo.hasNextPage;
        after = pageInfo.endCursor;
      }
      messages.forEach(
        ({ seq }, index) =>
          seq !== index + 1 && found.push(`message ${index + 1} of the history has the number ${seq}`),
      );
      const stored = new Map(messages.map(({ seq, body }) => [body, seq]));
      for (const [commandId, { seq, body }] of sent) {
        if (stored.get(body) !== seq)
          found.push(`the acknowledged message ${commandId}, number ${seq}, is number ${stored.get(body) ?? 'none'}`);
      }
      await until(() => ended !== null || heard.length >= messages.length - from + 1, 'the rest of the events').catch(
        (error: unknown) => found.push(String(error)),
      );
      if (ended !== null) found.push(`the subscription ended: ${ended}`);
      if (JSON.stringify(heard) !== JSON.stringify(messages.slice(from - 1)))
        found.push('the subscription and the history differ');
      return found;
    },
    [Symbol.asyncDispose]: async () => socket.terminate(),
  };
}
