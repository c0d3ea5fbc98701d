import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { LoadContext } from './client.js';
import { codesOf, isPassing, pick, rest } from './client.js';
import type { Credentials, HeardEvent, HeardRoom } from './history.js';
import { countAgain, mayBeLost, observed } from './history.js';

const EVENTS = `subscription ($roomId: ID!, $after: Position) {
  roomEvents(roomId: $roomId, after: $after) {
    __typename position
    ... on MessagePosted { message { seq body } }
    ... on ReactionAdded { messageId emoji userId }
    ... on ReactionRemoved { messageId emoji userId }
    ... on MemberJoined { user { id } }
    ... on MemberLeft { userId }
  }
}`;

/** A server that is silent for so long is left for another one. */
const PING_MS = 4_000;
/** Now and then it leaves by itself. */
const STAY_MS = 20_000;

/**
 * A socket that is given up while it connects emits an error, for which the protocol's client has no listener any more.
 */
class ForgivingWebSocket extends WebSocket {
  constructor(...given: ConstructorParameters<typeof WebSocket>) {
    super(...given);
    this.on('error', () => undefined);
  }
}

/** Follows a room from a position on, over as many subscriptions as it takes, moving between the servers. */
export async function listen(context: LoadContext, who: Credentials, roomId: string, from: string): Promise<void> {
  const { history, apis, random, over } = context;
  const heard: HeardRoom = { roomId, from, events: [] };
  history.subscribers.push(heard);
  while (!over.aborted) {
    const ended = await subscribe(context, who, heard, pick(apis(), random));
    if (over.aborted) return;
    if (ended.codes?.every((code) => code === 'POSITION_GONE') && goneBack(context, heard)) continue;
    if (ended.codes && !isPassing(ended.codes))
      history.wrong.push(
        `a subscription of ${roomId} ended with ${ended.codes.join(', ')}: ${JSON.stringify(ended.error)}`,
      );
    countAgain(history, `subscription: ${ended.codes?.join(', ') ?? 'connection lost or left'}`);
    history.counts.resumed++;
    await rest(random, 50, 250);
  }
}

/** Forgets lost events, as an application does that reads the room again. @returns whether there were any */
function goneBack({ history }: LoadContext, { events }: HeardRoom): boolean {
  const first = events.findIndex((event) => mayBeLost(history, event));
  if (first < 0) return false;
  events.length = first;
  countAgain(history, 'subscription: went back behind what is lost');
  return true;
}

interface Ended {
  /** The codes of the errors that ended it; absent where the connection was lost, or left. */
  readonly codes?: readonly string[];
  readonly error?: unknown;
}

async function subscribe(
  { over, random, history }: LoadContext,
  { token }: Credentials,
  heard: HeardRoom,
  url: string,
): Promise<Ended> {
  const leaving = AbortSignal.any([over, AbortSignal.timeout(Math.round(STAY_MS * (0.5 + random())))]);
  let silent: NodeJS.Timeout | undefined;
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: ForgivingWebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
    keepAlive: PING_MS,
    on: {
      ping: (received) => {
        if (!received) silent = setTimeout(() => client.terminate(), PING_MS);
      },
      pong: () => clearTimeout(silent),
    },
  });
  // Results after the end are ignored: the next subscription receives them again.
  let left = false;
  const ended = await new Promise<Ended>((resolved) => {
    const resolve = (how: Ended): void => {
      left = true;
      resolved(how);
    };
    leaving.addEventListener('abort', () => resolve({}), { once: true });
    if (leaving.aborted) resolve({});
    client.subscribe<{ roomEvents: HeardEvent }>(
      { query: EVENTS, variables: { roomId: heard.roomId, after: heard.events.at(-1)?.position ?? heard.from } },
      {
        next: ({ data, errors }) => {
          if (left) return;
          if (errors) resolve({ codes: codesOf(errors), error: errors });
          else if (data) heard.events.push(observed(history, data.roomEvents));
        },
        error: (error) =>
          resolve(Array.isArray(error) ? { codes: codesOf(error as never), error } : closed(error, history.wrong)),
        complete: () => resolve({ codes: ['completed by the server'] }),
      },
    );
    // A connection that is never established.
    setTimeout(() => resolve({}), STAY_MS * 2).unref();
  });
  clearTimeout(silent);
  client.terminate();
  await client.dispose();
  return ended;
}

/** The connection's own end: the server stops (1001), is gone (1006), or has a fault (4500). */
function closed(error: unknown, wrong: string[]): Ended {
  const { code, reason } = error as { readonly code?: number; readonly reason?: string };
  // 4403 and the like mean a fault of the client, which it does not make.
  if (code !== undefined && code >= 4_000 && code !== 4_499) wrong.push(`a socket was closed with ${code}: ${reason}`);
  return {};
}
