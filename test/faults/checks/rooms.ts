import type { RecordedEvent } from '../../../src/events/event.js';
import type { LoadContext, Reply } from '../load/client.js';
import { ask } from '../load/client.js';
import type { HeardEvent } from '../load/history.js';
import { mayBeLost } from '../load/history.js';
import type { Person } from '../load/people.js';
import type { Check } from './check.js';
import { openCheck } from './check.js';
import type { StoredLog } from './log.js';

interface Message {
  readonly seq: number;
  readonly body: string;
}

/**
 * Promise 3: the log, the whole history through every server, and all pages read during the run. Needs running servers.
 */
export async function checkOrder(
  context: LoadContext,
  log: StoredLog,
  rooms: readonly string[],
  readerOf: (roomId: string) => Person,
): Promise<Check> {
  const check = openCheck('3. one order, and no gap in it');
  let [events, messages, pages] = [0, 0, 0];
  for (const [partition, own] of log.events.entries()) {
    events += own.length;
    own.forEach(({ position }, index) =>
      check.expectThat(
        position === index + 1,
        () => `partition ${partition}: event ${index + 1} stands at ${position}`,
      ),
    );
  }
  for (const room of rooms) {
    const posted = messagesOf(log.byKey.get(room) ?? []);
    messages += posted.length;
    posted.forEach(({ seq }, index) =>
      check.expectThat(seq === index + 1, () => `room ${room}: message ${index + 1} of the log has seq ${seq}`),
    );
    for (const [seq, message] of context.history.read.get(room) ?? []) {
      if (mayBeLost(context.history, message)) continue;
      const { body } = message;
      check.expectThat(
        posted[seq - 1]?.body === body,
        () => `room ${room}: somebody read "${body}" as ${seq}, and the log has ${JSON.stringify(posted[seq - 1])}`,
      );
    }
    for (const url of context.apis()) {
      for (const direction of ['first', 'last'] as const) {
        const history = await wholeHistory(context, url, readerOf(room), room, direction);
        pages += Math.ceil(history.length / 100);
        const same =
          history.length === posted.length &&
          history.every((message, index) => message.seq === posted[index]!.seq && message.body === posted[index]!.body);
        check.expectThat(same, () => `room ${room} at ${url}, by ${direction}: ${difference(history, posted)}`);
      }
    }
  }
  return check.end(
    `${events} events of the log, ${messages} messages, ${pages} pages of history from ` +
      `${context.apis().length} servers, and ${context.history.counts.reads} pages read meanwhile`,
  );
}

const messagesOf = (events: readonly RecordedEvent[]): readonly Message[] =>
  events.flatMap(({ event }) =>
    event.type === 'MessagePosted' ? [{ seq: event.data.seq, body: event.data.body }] : [],
  );

const difference = (observed: readonly Message[], stored: readonly Message[]): string => {
  const at = stored.findIndex(
    (message, index) => observed[index]?.seq !== message.seq || observed[index].body !== message.body,
  );
  return (
    `${observed.length} messages instead of ${stored.length}; at ${at} ${JSON.stringify(observed[at])} ` +
    `instead of ${JSON.stringify(stored[at])}`
  );
};

interface HistoryPage {
  readonly room: {
    readonly messages: {
      readonly nodes: readonly Message[];
      readonly pageInfo: {
        readonly hasNextPage: boolean;
        readonly hasPreviousPage: boolean;
        readonly startCursor: string | null;
        readonly endCursor: string | null;
      };
    };
  };
}

async function wholeHistory(
  context: LoadContext,
  url: string,
  reader: Person,
  room: string,
  direction: 'first' | 'last',
): Promise<readonly Message[]> {
  const [size, cursor] = direction === 'first' ? ['first', 'after'] : ['last', 'before'];
  const query =
    `query ($id: ID!, $cursor: String) { room(id: $id) { messages(${size}: 100, ${cursor}: ` +
    '$cursor) { nodes { seq body } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }';
  const found: Message[] = [];
  for (let at: string | null = null; ;) {
    const reply: Reply<HistoryPage> = await ask<HistoryPage>(context, url, reader, query, { id: room, cursor: at });
    if (reply.kind === 'again') continue;
    if (reply.kind === 'refused') throw new Error(`the history of ${room} was refused: ${reply.text.slice(0, 300)}`);
    const { nodes, pageInfo }: HistoryPage['room']['messages'] = reply.data.room.messages;
    if (direction === 'first') found.push(...nodes);
    else found.unshift(...nodes);
    if (direction === 'first' ? !pageInfo.hasNextPage : !pageInfo.hasPreviousPage) return found;
    at = direction === 'first' ? pageInfo.endCursor : pageInfo.startCursor;
  }
}

const SHOWN = new Set(['MessagePosted', 'ReactionAdded', 'ReactionRemoved', 'MemberJoined', 'MemberLeft']);

/** Promise 4: each subscriber received the log's events behind its first position, each once and in order. */
export function checkSubscriptions({ history }: LoadContext, log: StoredLog): Check {
  const check = openCheck('4. a resumed subscription misses nothing and repeats nothing');
  let events = 0;
  for (const { roomId, from, events: heard } of history.subscribers) {
    events += heard.length;
    const all = log.byKey.get(roomId) ?? [];
    const begin = all.findIndex((event) => log.sealed(event) === from);
    const expected = all.slice(begin + 1).filter(({ event }) => SHOWN.has(event.type));
    check.expectThat(begin >= 0, () => `room ${roomId}: a subscriber began at a position that the log does not have`);
    const at = expected.findIndex(
      (event, index) => !heard[index] || heard[index].position !== log.sealed(event) || !tells(heard[index], event),
    );
    const whole = at < 0 && heard.length === expected.length;
    check.expectThat(
      whole,
      () =>
        `room ${roomId}: a subscriber heard ${heard.length} events instead of ${expected.length}; ` +
        `number ${at} was ${JSON.stringify(heard[at])} instead of ` +
        JSON.stringify(expected[at]?.event),
    );
  }
  return check.end(
    `${events} events that ${history.subscribers.length} subscribers heard over ` +
      `${history.counts.resumed + history.subscribers.length} subscriptions`,
  );
}

/** Whether the received event is this one. */
function tells(heard: HeardEvent, { event }: RecordedEvent): boolean {
  if (heard.__typename !== event.type) return false;
  switch (event.type) {
    case 'MessagePosted':
      return heard.message?.seq === event.data.seq && heard.message.body === event.data.body;
    case 'ReactionAdded':
    case 'ReactionRemoved':
      return (
        heard.messageId === `${event.data.roomId}.${event.data.seq}` &&
        heard.emoji === event.data.emoji &&
        heard.userId === event.data.userId
      );
    case 'MemberJoined':
      return heard.user?.id === event.data.userId;
    case 'MemberLeft':
      return heard.userId === event.data.userId;
    default:
      return false;
  }
}
