import { randomUUID } from 'node:crypto';
import { openConnection } from '../support/raw-http.js';
import type { WriteProgram } from './programs.js';

export interface Room {
  readonly id: string;
  /** Of its only member. */
  readonly token: string;
}

/** Rooms of a program, each with its only member. A simple server knows a room from its first message. */
export async function openRooms({ url, deployment }: WriteProgram, count: number): Promise<readonly Room[]> {
  if (!deployment) return Array.from({ length: count }, () => ({ id: randomUUID(), token: randomUUID() }));
  const tokens = await deployment.tokens(Array.from({ length: count }, () => `write-${randomUUID()}`));
  const connection = await openConnection(url);
  const rooms: Room[] = [];
  for (const token of tokens) {
    const { body } = await connection.post(
      '/graphql',
      token,
      JSON.stringify({
        query: 'mutation { createRoom(input: { title: "write" }, waitFor: PROJECTED) { room { id } } }',
      }),
    );
    const { data } = JSON.parse(body) as { readonly data?: { readonly createRoom: { readonly room: { id: string } } } };
    if (!data) throw new Error(`no room: ${body}`);
    rooms.push({ id: data.createRoom.room.id, token });
  }
  connection.close();
  return rooms;
}
