import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

/** What becomes of the messages that a room's event brings to one subscriber: any number, in the place of one. */
export type Fault = (frame: string, seq: number) => readonly string[];

/** A proxy in front of a server whose subscriptions lose, double or exchange messages. */
export interface FaultyProxy extends AsyncDisposable {
  readonly url: string;
}

/** @param fault asked for each message of the first connection that subscribes; other connections are left alone */
export async function openFaultyProxy(target: string, fault: Fault): Promise<FaultyProxy> {
  const { hostname, port } = new URL(target);
  const server = createServer((incoming, answer) => {
    const { url: path, method, headers } = incoming;
    const outgoing = request({ hostname, port, path, method, headers }, (response) => {
      answer.writeHead(response.statusCode!, response.headers);
      response.pipe(answer);
    });
    outgoing.on('error', () => answer.destroy());
    incoming.pipe(outgoing);
  });
  const sockets = new WebSocketServer({ server, handleProtocols: (offered) => [...offered][0]! });
  let victim: WebSocket | undefined;
  sockets.on('connection', (client) => {
    const upstream = new WebSocket(`ws://${hostname}:${port}/graphql`, client.protocol);
    const early: string[] = [];
    client.on('message', (data: Buffer) => {
      const frame = data.toString();
      if (frame.includes('"subscribe"')) victim ??= client;
      if (upstream.readyState === WebSocket.OPEN) upstream.send(frame);
      else early.push(frame);
    });
    upstream.on('open', () => {
      for (const frame of early) upstream.send(frame);
    });
    upstream.on('message', (data: Buffer) => {
      const frame = data.toString();
      const seq = client === victim ? /"seq":(\d+)/.exec(frame)?.[1] : undefined;
      for (const each of seq === undefined ? [frame] : fault(frame, Number(seq))) client.send(each);
    });
    upstream.on('close', () => client.terminate());
    upstream.on('error', () => client.terminate());
    client.on('close', () => upstream.terminate());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}
