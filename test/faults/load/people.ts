import type { LoadContext } from './client.js';
import { ask, askUntilAnswered, isPassing, pick, rest } from './client.js';
import { settle } from './commands.js';
import type { Credentials, ReadMessage } from './history.js';
import { mayBeLost, observed } from './history.js';

/** A room, with the newest message that its members know. */
export interface KnownRoom {
  readonly id: string;
  lastSeq: number;
}

interface Wrote {
  readonly position: string;
  readonly seq: number;
}

export interface Person extends Credentials {
  readonly rooms: readonly KnownRoom[];
  /** The position of this user's last command, by room. */
  readonly wrote: Map<string, Wrote>;
}

const EMOJIS = ['👍', '🎉', ':parrot:'];

/** Writes, reacts and marks as read, in random rooms. */
export async function write(context: LoadContext, person: Person, everyMs: number): Promise<void> {
  const { random, closing, history } = context;
  while (!closing.aborted) {
    await rest(random, everyMs / 2, everyMs * 1.5);
    const room = pick(person.rooms, random);
    const what = random();
    if (what < 0.7 || room.lastSeq === 0) {
      const answer = await settle(context, person, 'sendMessage', room.id);
      if (answer?.status !== 'SUCCEEDED') continue;
      room.lastSeq = Math.max(room.lastSeq, answer.seq ?? 0);
      if (answer.seq === null) history.wrong.push(`a message that was taken has no seq: ${JSON.stringify(answer)}`);
      person.wrote.set(room.id, observed(history, { position: answer.position!, seq: answer.seq! }));
    } else if (what < 0.9) {
      const seq = Math.max(1, room.lastSeq - Math.floor(random() * 30));
      const mutation = random() < 0.7 ? 'addReaction' : 'removeReaction';
      await settle(context, person, mutation, room.id, { messageId: `${room.id}.${seq}`, emoji: pick(EMOJIS, random) });
    } else {
      await settle(context, person, 'markRead', room.id, { seq: room.lastSeq });
    }
  }
}

/** Leaves and rejoins. */
export async function wander(context: LoadContext, person: Person): Promise<void> {
  const { random, closing } = context;
  while (!closing.aborted) {
    const room = pick(person.rooms, random);
    await settle(context, person, 'joinRoom', room.id);
    await rest(random, 500, 3_000);
    await settle(context, person, 'leaveRoom', room.id);
    await rest(random, 500, 3_000);
  }
}

const PAGE = `query ($id: ID!, $last: Int, $before: String, $atLeast: Position) {
  room(id: $id, atLeast: $atLeast) {
    unreadCount lastMessage { seq }
    messages(last: $last, before: $before) { nodes { seq body } pageInfo { startCursor hasPreviousPage } }
  }
}`;

interface Page {
  readonly room: {
    readonly unreadCount: number | null;
    readonly lastMessage: { readonly seq: number } | null;
    readonly messages: {
      readonly nodes: readonly { readonly seq: number; readonly body: string }[];
      readonly pageInfo: { readonly startCursor: string | null; readonly hasPreviousPage: boolean };
    };
  } | null;
}

/**
 * Reads the newest page and at times the one before, on any server; at times from the position of its own last message,
 * which the page must contain.
 */
export async function readAlong(context: LoadContext, person: Person, everyMs: number): Promise<void> {
  const { random, closing, history } = context;
  while (!closing.aborted) {
    await rest(random, everyMs / 2, everyMs * 1.5);
    const room = pick(person.rooms, random);
    const own = random() < 0.5 ? person.wrote.get(room.id) : undefined;
    const gone = (): boolean => {
      if (!own || !mayBeLost(history, own)) return false;
      if (person.wrote.get(room.id) === own) person.wrote.delete(room.id);
      return true;
    };
    const data = await askUntilAnswered<Page>(
      context,
      person,
      PAGE,
      { id: room.id, last: 50, ...(own ? { atLeast: own.position } : {}) },
      'reading a page',
      gone,
    );
    if (!data) continue;
    noteMessages(context, room.id, data);
    const newest = data.room?.messages.nodes.at(-1)?.seq ?? 0;
    if (own && newest < own.seq && !mayBeLost(history, own))
      history.wrong.push(
        `room ${room.id}: the page at least at the position of message ${own.seq} ends with ${newest}`,
      );
    const { startCursor, hasPreviousPage } = data.room?.messages.pageInfo ?? {};
    if (!hasPreviousPage || random() < 0.6) continue;
    const older = await askUntilAnswered<Page>(
      context,
      person,
      PAGE,
      { id: room.id, last: 50, before: startCursor },
      'reading an older page',
    );
    if (older) noteMessages(context, room.id, older);
  }
}

/** A message that was read once never changes, and a room has no gaps. */
function noteMessages({ history }: LoadContext, roomId: string, { room }: Page): void {
  history.counts.reads++;
  if (!room) return void history.wrong.push(`a member got no room ${roomId}`);
  const known = history.read.get(roomId) ?? new Map<number, ReadMessage>();
  history.read.set(roomId, known);
  let last: number | null = null;
  for (const { seq, body } of room.messages.nodes) {
    if (last !== null && seq !== last + 1) history.wrong.push(`room ${roomId}: on one page ${seq} came after ${last}`);
    last = seq;
    const before = known.get(seq);
    if (before && before.body !== body && !mayBeLost(history, before))
      history.wrong.push(`room ${roomId}: message ${seq} was "${before.body}", and then "${body}"`);
    if (!before || mayBeLost(history, before)) known.set(seq, observed(history, { body }));
  }
  history.counts.messagesRead += room.messages.nodes.length;
}

const PRYING = [
  'query ($id: ID!) { room(id: $id) { messages(last: 5) { nodes { body } } } }',
  'query ($id: ID!) { room(id: $id) { members(first: 5) { nodes { handle } } } }',
];
const GLANCE = 'query ($id: ID!) { room(id: $id) { lastMessage { body } unreadCount myReadSeq } }';

/** A user who is in none of the rooms, and one with a forged token. Neither may see anything. */
export async function pry(context: LoadContext, stranger: Credentials, roomIds: readonly string[]): Promise<void> {
  const { random, closing, history, apis } = context;
  const forged = { token: `${stranger.token.slice(0, -6)}AAAAAA` };
  while (!closing.aborted) {
    await rest(random, 300, 900);
    const id = pick(roomIds, random);
    const [who, expected] = random() < 0.2 ? [forged, 'UNAUTHENTICATED'] : [stranger, 'FORBIDDEN'];
    const reply = await ask<unknown>(context, pick(apis(), random), who, pick(PRYING, random), { id });
    if (reply.kind === 'answer') history.wrong.push(`a stranger was answered ${JSON.stringify(reply.data)}`);
    if (reply.kind === 'refused') {
      history.counts.refusals++;
      if (reply.codes.some((code) => code !== expected && !isPassing([code])))
        history.wrong.push(
          `a stranger was refused with ${reply.codes.join(', ')} instead of ${expected}: ${reply.text.slice(0, 300)}`,
        );
    }
    const glance = await ask<{ room: Readonly<Record<string, unknown>> | null }>(
      context,
      pick(apis(), random),
      stranger,
      GLANCE,
      { id },
    );
    if (glance.kind === 'refused')
      history.wrong.push(
        `a stranger’s glance was refused with ${glance.codes.join(', ')}: ${glance.text.slice(0, 300)}`,
      );
    if (glance.kind === 'answer' && Object.values(glance.data.room ?? {}).some((value) => value !== null))
      history.wrong.push(`a stranger saw ${JSON.stringify(glance.data)}`);
  }
}
