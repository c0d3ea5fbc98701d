import { randomUUID } from 'node:crypto';
import type { MadangError } from '@madang/client';
import { connect } from '@madang/client/graphql-ws';
import WebSocket from 'ws';
import { until } from './conditions.js';
import type { WireUser } from './wire.js';
import { commanded, signInOnWire } from './wire.js';

/** Clients of one room through a proxy: subscribers that resume, and writers over HTTP. */
export interface RollingLoad extends AsyncDisposable {
  /** Answers over HTTP that are not what was asked for. */
  readonly failures: readonly string[];
  /** The messages of which each subscriber has heard, in its order. */
  readonly heard: readonly (readonly number[])[];
  /** When subscribers lost their connection, by performance.now(). */
  readonly interruptions: readonly number[];
  readonly interruptionCodes: ReadonlySet<string>;
  sent(): number;
  /** Ends the writers. */
  finish(): Promise<void>;
}

const SOCKETS_PER_USER = 50;
const WRITERS = 3;

const SEND = `mutation ($input: SendMessageInput!) {
  sendMessage(input: $input) { message { seq } receipt { status } }
}`;
const READ = `query ($id: ID!) { room(id: $id) { messages(last: 5) { nodes { seq } } } }`;

export async function startRollingLoad(url: string, subscribers: number): Promise<RollingLoad> {
  const host = await signInOnWire(url, `host-${randomUUID().slice(0, 6)}`);
  const roomId = (await commanded(host, 'createRoom', { title: 'rolling' }, 'PROJECTED')).room!.id;
  const heard: number[][] = [];
  const interruptions: number[] = [];
  const interruptionCodes = new Set<string>();
  const failures: string[] = [];
  const closing: (() => Promise<void>)[] = [];

  const follow = async ({ token }: WireUser): Promise<void> => {
    const client = connect({ url: `${url}/graphql`, token, webSocketImpl: WebSocket });
    closing.push(() => client.close().catch(() => undefined));
    const seqs: number[] = [];
    heard.push(seqs);
    await client.follow(roomId, {
      onEvent: (event) => void (event.__typename === 'MessagePosted' && seqs.push(event.message.seq)),
      onInterruption({ code }: MadangError) {
        interruptions.push(performance.now());
        interruptionCodes.add(code);
      },
    });
  };
  for (let users = 0; users * SOCKETS_PER_USER < subscribers; users++) {
    const user = await signInOnWire(url, `u${users}-${randomUUID().slice(0, 6)}`);
    await commanded(user, 'joinRoom', { roomId }, 'PROJECTED');
    const count = Math.min(SOCKETS_PER_USER, subscribers - users * SOCKETS_PER_USER);
    await Promise.all(Array.from({ length: count }, () => follow(user)));
  }

  let writing = true;
  let sent = 0;
  const check = async (asked: Promise<{ status: number; errors: readonly unknown[]; text: string }>): Promise<void> => {
    try {
      const { status, errors, text } = await asked;
      if (status !== 200 || errors.length > 0) failures.push(text);
    } catch (error) {
      failures.push(String((error as Error).cause ?? error));
    }
  };
  const writers = Array.from({ length: WRITERS }, async () => {
    while (writing) {
      const input = { commandId: randomUUID(), roomId, body: `${sent}` };
      await check(host.ask(SEND, { input }));
      sent++;
      await check(host.ask(READ, { id: roomId }));
    }
  });
  await until(() => heard.every((seqs) => seqs.length > 0), 'every subscription stands');

  return {
    failures,
    heard,
    interruptions,
    interruptionCodes,
    sent: () => sent,
    async finish() {
      writing = false;
      await Promise.all(writers);
    },
    async [Symbol.asyncDispose]() {
      writing = false;
      await Promise.all(writers);
      await Promise.all(closing.map((close) => close()));
    },
  };
}
