import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import type { Latency } from './chat.js';
import { openConnection } from './raw-http.js';

// Chat beside another load: a message is sent in every room in turn at a fixed rhythm, whether or not the one before it
// has come back. It is timed from its due time to its event.

const { url, rooms, tokens, everyMs } = workerData as {
  readonly url: string;
  readonly rooms: readonly string[];
  readonly tokens: readonly string[];
  readonly everyMs: number;
};

const SEND =
  'mutation Send($input: SendMessageInput!) { sendMessage(input: $input, waitFor: ACCEPTED) { receipt { status } } }';
const EVENTS =
  'subscription Events($roomId: ID!) { roomEvents(roomId: $roomId) { position ... ' +
  'on MessagePosted { message { seq body } } } }';
const PADDING = '.'.repeat(80);
/** The latency of a message that does not come back. */
const LOST_MS = 10_000;

const latencies: Latency[] = [];
const sent = new Map<string, { readonly due: number; readonly at: number }>();
const clients = rooms.map((roomId, index) => {
  const client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    lazy: false,
    connectionParams: { authorization: `Bearer ${tokens[index]!}` },
  });
  client.subscribe<{ roomEvents: { message?: { body: string } } }>(
    { query: EVENTS, variables: { roomId } },
    {
      next({ data }) {
        const body = data?.roomEvents.message?.body ?? '';
        const begun = sent.get(body);
        if (!begun) return;
        sent.delete(body);
        latencies.push({ at: begun.at, ms: performance.now() - begun.due });
      },
      error: (error) => {
        throw error instanceof Error ? error : new Error(JSON.stringify(error));
      },
      complete: () => undefined,
    },
  );
  return client;
});
const connections = await Promise.all(
  rooms.flatMap(() => [openConnection(url), openConnection(url), openConnection(url), openConnection(url)]),
);
const free = [...connections];

let count = 0;
let next = performance.now() + 500;
let stopped = false;

function send(due: number): void {
  const room = count % rooms.length;
  const body = `${count++} ${PADDING}`;
  // In turns: a server closes a connection that is idle for long.
  const connection = free.shift();
  // All connections wait for answers: a message that cannot even be sent is late all the same.
  if (!connection) return void latencies.push({ at: Date.now(), ms: LOST_MS });
  sent.set(body, { due, at: Date.now() });
  void connection
    .post(
      '/graphql',
      tokens[room]!,
      JSON.stringify({ query: SEND, variables: { input: { roomId: rooms[room], body } } }),
    )
    .then(({ status, body: answer }) => {
      if (status !== 200 || answer.includes('"errors"')) throw new Error(`a message was refused: ${answer}`);
      free.push(connection);
    });
}

const timer = setInterval(() => {
  while (!stopped && next <= performance.now()) {
    send(next);
    next += everyMs;
  }
}, 1);

parentPort!.on('message', () => {
  stopped = true;
  clearInterval(timer);
  const wait = setInterval(() => {
    const oldest = Math.min(...Array.from(sent.values(), ({ due }) => due), Infinity);
    if (sent.size > 0 && performance.now() - oldest < LOST_MS) return;
    clearInterval(wait);
    for (const { at } of sent.values()) latencies.push({ at, ms: LOST_MS });
    for (const connection of connections) connection.close();
    for (const client of clients) void client.dispose();
    parentPort!.postMessage({ result: latencies });
    parentPort!.close();
  }, 10);
});
parentPort!.postMessage({ ready: true });
