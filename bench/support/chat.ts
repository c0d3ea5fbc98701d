import { randomUUID } from 'node:crypto';
import { openConnection } from './raw-http.js';
import type { Deployment } from './deployment.js';
import { inThread } from './in-thread.js';

export interface Latency {
  /** The time at which the message was sent: milliseconds since 1970. */
  readonly at: number;
  /** From the due time to the event. */
  readonly ms: number;
}

/** Chat in some rooms until it is stopped. */
export interface Chat {
  stop(): Promise<readonly Latency[]>;
}

export interface ChatOptions {
  readonly deployment: Deployment;
  readonly url: string;
  readonly rooms: number;
  /** Over all rooms. */
  readonly messagesPerSecond: number;
}

/** Each room has one member, who writes and listens. Resolves when all of them are there. */
export async function startChat({ deployment, url, rooms, messagesPerSecond }: ChatOptions): Promise<Chat> {
  const users = Array.from({ length: rooms }, () => `chat-${randomUUID()}`);
  const tokens = await deployment.tokens(users);
  const connection = await openConnection(url);
  const made: string[] = [];
  for (const token of tokens) {
    const { body } = await connection.post(
      '/graphql',
      token,
      JSON.stringify({
        query: 'mutation { createRoom(input: { title: "chat" }, waitFor: PROJECTED) { room { id } } }',
      }),
    );
    const { data } = JSON.parse(body) as { data?: { createRoom: { room: { id: string } | null } } };
    if (!data?.createRoom.room) throw new Error(`no room was made: ${body}`);
    made.push(data.createRoom.room.id);
  }
  connection.close();
  const thread = inThread<readonly Latency[]>(new URL('./chat-thread.js', import.meta.url), {
    url,
    rooms: made,
    tokens,
    everyMs: 1_000 / messagesPerSecond,
  });
  await thread.ready;
  return {
    async stop() {
      thread.send('stop');
      return thread.result;
    },
  };
}
