import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { cpuMicrosOf, startProgram } from '../http/programs.js';
import type { Program } from '../http/programs.js';
import type { Deployment } from '../support/deployment.js';
import { openConnection } from '../support/raw-http.js';
import type { RawConnection } from '../support/raw-http.js';
import { AUTHOR } from './queries.js';
import { startSubscribers } from './subscribers.js';
import type { Subscribers } from './subscribers.js';

/** A program with its subscribers, and the way to send them a message. */
export interface Series {
  readonly name: string;
  readonly program: Program;
  readonly subscribers: Subscribers;
  /** Where messages are sent to: for Madang another process than the one that is measured. */
  readonly senderUrl: string;
  readonly token: string;
  readonly roomId: string;
}

const BASELINE = fileURLToPath(new URL('./baseline-process.js', import.meta.url));
export const BARE = 'bare ws, a loop of send';
export const STOCK = 'graphql-ws with graphql-subscriptions';
export const MADANG = 'Madang';
export const MADANG_UUID = 'Madang, ids are UUIDs';

const MANY = '1000000';
const UNLIMITED = {
  MADANG_CONNECTIONS_PER_ADDRESS: MANY,
  MADANG_CONNECTIONS_PER_USER: MANY,
  MADANG_COST_PER_SECOND: '0',
  HOT_ROOM_ENTER: MANY,
};
const JOINS_AT_ONCE = 32;

export interface Programs {
  readonly bare: Program;
  readonly stock: Program;
  /** The api process that is measured. */
  readonly madang: Program;
  readonly senderUrl: string;
}

export async function startPrograms(deployment: Deployment): Promise<Programs> {
  const sender = await deployment.start('api,decider,projector,heat', UNLIMITED);
  const api = await deployment.start('api', UNLIMITED);
  return {
    bare: await startProgram(BARE, BASELINE, ['ws']),
    stock: await startProgram(STOCK, BASELINE, ['graphql-ws']),
    madang: {
      name: MADANG,
      url: api.url,
      pid: api.pid,
      cpuMicros: () => cpuMicrosOf(api.url),
      stop: async () => void (await api.stop()),
    },
    senderUrl: sender.url,
  };
}

/** All programs with so many subscribers each; Madang with two rooms of the same members. */
export async function openSeries(
  { bare, stock, madang, senderUrl }: Programs,
  deployment: Deployment,
  count: number,
): Promise<readonly Series[]> {
  const strangers = await deployment.tokens(Array.from({ length: count - 1 }, () => `fan-out-${randomUUID()}`));
  const tokens = [await signIn(senderUrl), ...strangers];
  const rooms = [await openRoom(senderUrl, tokens), await openRoom(senderUrl, tokens)] as const;
  const token = tokens[0]!;
  const of = async (
    name: string,
    program: Program,
    to: { readonly senderUrl: string; readonly roomId: string; readonly ids: 'same' | 'own' },
  ): Promise<Series> => {
    const { roomId, ids } = to;
    const subscribers = await startSubscribers({ url: program.url, roomId, tokens, ids });
    return { name, program, subscribers, senderUrl: to.senderUrl, token, roomId };
  };
  return [
    await of(BARE, bare, { senderUrl: bare.url, roomId: 'room', ids: 'same' }),
    await of(STOCK, stock, { senderUrl: stock.url, roomId: 'room', ids: 'own' }),
    await of(MADANG, madang, { senderUrl, roomId: rooms[0], ids: 'same' }),
    await of(MADANG_UUID, madang, { senderUrl, roomId: rooms[1], ids: 'own' }),
  ];
}

/** The author of every message: the read model knows only users who have signed in. */
async function signIn(url: string): Promise<string> {
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: `mutation { signIn(handle: "${AUTHOR}") { token } }` }),
  });
  return ((await answer.json()) as { data: { signIn: { token: string } } }).data.signIn.token;
}

/** A room whose members have these tokens, of which queries know. */
async function openRoom(url: string, tokens: readonly string[]): Promise<string> {
  const connections = await Promise.all(Array.from({ length: JOINS_AT_ONCE }, () => openConnection(url)));
  const ask = async (connection: RawConnection, token: string, query: string): Promise<string> => {
    const { body } = await connection.post('/graphql', token, JSON.stringify({ query }));
    if (!body.includes('SUCCEEDED')) throw new Error(`no room, or no member of it: ${body}`);
    return body;
  };
  const [first] = connections as [RawConnection];
  const made = await ask(
    first,
    tokens[0]!,
    'mutation { createRoom(input: { title: "fan-out" }) { receipt { status } room { id } } }',
  );
  const roomId = (JSON.parse(made) as { data: { createRoom: { room: { id: string } } } }).data.createRoom.room.id;
  const join = (stage: string): string =>
    `mutation { joinRoom(input: { roomId: "${roomId}" }, waitFor: ${stage}) { receipt { status } } }`;
  let next = 1;
  await Promise.all(
    connections.map(async (connection) => {
      while (next < tokens.length - 1) await ask(connection, tokens[next++]!, join('DECIDED'));
    }),
  );
  await ask(first, tokens.at(-1)!, join('PROJECTED'));
  for (const connection of connections) connection.close();
  return roomId;
}
