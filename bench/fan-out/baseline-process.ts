import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSchema } from 'graphql';
import { PubSub } from 'graphql-subscriptions';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { eventOf } from './queries.js';

// A process that sends every message that is posted to it to all who listen, and reports its processor time. `ws`: a
// loop over the sockets, which sends a text made once. `graphql-ws`: the server of graphql-ws with the PubSub of
// graphql-subscriptions, set up as their documentation does.

const [kind] = process.argv.slice(2);
const server = createServer();
const publish = kind === 'ws' ? serveBare() : serveStock();
let seq = 0;

server.on('request', (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.once('end', () => {
    const { variables } = JSON.parse(Buffer.concat(chunks).toString()) as { readonly variables: { body: string } };
    publish(eventOf(++seq, variables.body));
    const answer = '{"data":{"sendMessage":{"message":null}}}';
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length }).end(answer);
  });
});

type Event = ReturnType<typeof eventOf>;

function serveBare(): (event: Event) => void {
  const sockets = new WebSocketServer({ server, path: '/graphql', perMessageDeflate: false });
  sockets.on('connection', (socket) => {
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer) => {
      if (data.includes('connection_init')) socket.send('{"type":"connection_ack"}');
    });
  });
  return ({ roomEvents: { __typename: _, ...roomEvents } }) => {
    const text = JSON.stringify({ id: '1', type: 'next', payload: { data: { roomEvents } } });
    for (const socket of sockets.clients) socket.send(text);
  };
}

function serveStock(): (event: Event) => void {
  const schema = buildSchema(`
    type Query { ok: Boolean }
    interface RoomEvent { position: String! }
    type MessagePosted implements RoomEvent { position: String! message: Message! }
    type Message { id: ID! seq: Int! body: String! author: User! }
    type User { handle: String! }
    type Subscription { roomEvents(roomId: ID!): RoomEvent! }
  `);
  const pubsub = new PubSub();
  // One listener for each subscriber.
  (pubsub as unknown as { readonly ee: { setMaxListeners(n: number): void } }).ee.setMaxListeners(0);
  schema.getSubscriptionType()!.getFields().roomEvents!.subscribe = () => pubsub.asyncIterableIterator('ROOM_EVENTS');
  useServer({ schema }, new WebSocketServer({ server, path: '/graphql' }));
  return (event) => void pubsub.publish('ROOM_EVENTS', event);
}

process.once('disconnect', () => process.exit());
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send!({ cpuMicros: user + system });
});
server.listen(0, '127.0.0.1', 4_096, () => {
  process.send!({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
