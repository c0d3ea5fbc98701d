import { createClient as createSseClient } from 'graphql-sse';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { MadangProcess } from './madang.js';
import type { WireUser } from './wire.js';

export interface Heard {
  readonly results: { readonly data?: Record<string, unknown> | null; readonly errors?: unknown }[];
  readonly completed: () => boolean;
  stop(): Promise<void>;
}

export type Transport = 'websocket' | 'sse';

/** A subscription through the published client of its protocol. */
export function hear(
  { url, token }: WireUser,
  query: string,
  variables: Record<string, unknown>,
  transport: Transport = 'websocket',
): Heard {
  const results: Heard['results'] = [];
  const authorization = `Bearer ${token}`;
  let over = false;
  const sink = {
    next: (result: Heard['results'][number]) => void results.push(result),
    error: (errors: unknown) => void results.push({ errors }),
    complete: () => void (over = true),
  };
  const client =
    transport === 'websocket'
      ? createClient({
          url: `${url.replace('http', 'ws')}/graphql`,
          webSocketImpl: WebSocket,
          connectionParams: { authorization },
          retryAttempts: 0,
        })
      : createSseClient({ url: `${url}/graphql/stream`, headers: { authorization }, retryAttempts: 0 });
  client.subscribe({ query, variables }, sink as never);
  return { results, completed: () => over, stop: async () => client.dispose() };
}

export const EVENTS = `subscription ($roomId: ID!, $after: Position) {
  roomEvents(roomId: $roomId, after: $after) {
    __typename position roomId at
    ... on MessagePosted { message { id seq body author { handle } reactions { emoji count mine } } }
    ... on ReactionAdded { messageId userId emoji }
    ... on ReactionRemoved { messageId userId emoji }
    ... on MemberJoined { user { id handle } }
    ... on MemberLeft { userId }
  }
}`;
export const eventsOf = ({ results }: Heard) =>
  results.map(({ data }) => data!.roomEvents as { __typename: string } & Record<string, unknown>);
export const typesOf = (heard: Heard): string[] => eventsOf(heard).map(({ __typename }) => __typename);

export const metricsOf = async ({ url }: MadangProcess): Promise<string> => (await fetch(`${url}/metrics`)).text();

/** The value of a metric of ours in these processes: the sum over all labels, or over those that contain these. */
export async function metric(processes: readonly MadangProcess[], name: string, labels = ''): Promise<number> {
  const lines = (await Promise.all(processes.map(metricsOf))).flatMap((text) => text.split('\n'));
  return lines
    .filter(
      (line) =>
        line.startsWith(`madang_${name}`) && /^[{ ]/.test(line.slice(`madang_${name}`.length)) && line.includes(labels),
    )
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
