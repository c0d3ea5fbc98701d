import type { FormattedExecutionResult } from 'graphql';
import { createClient } from 'graphql-ws';
import pg from 'pg';
import WebSocket from 'ws';
import { roomId as asRoomId } from '../../src/events/ids.js';
import { openRedis } from '../../src/engine/redis/client.js';
import { redisHeatOverrides } from '../../src/hot-rooms/redis-heat-store.js';
import { quietLogger, until } from './conditions.js';
import type { Deployment } from './deployment.js';
import type { WireError, WireUser } from './wire.js';
import { commanded, signInOnWire, wireUser } from './wire.js';

/**
 * Low enough for a small flood; the processes have to be started with them. No load shedding, since refusals are
 * counted.
 */
export const THRESHOLDS = { HOT_ROOM_ENTER: '30', HOT_ROOM_EXIT: '15', HOT_ROOM_LATE_MS: '0' } as const;

export interface Heat {
  readonly roomId: string;
  readonly state: 'HOT' | 'NORMAL';
  readonly paceMs: number;
  readonly until: string | null;
}

export interface Message {
  readonly seq: number;
  readonly body: string;
  readonly reactions?: readonly { readonly emoji: string; readonly count: number; readonly mine?: boolean }[];
}

export interface RoomAnswer {
  readonly title?: string;
  readonly myReadSeq?: number | null;
  readonly unreadCount?: number | null;
  readonly lastMessage?: Message | null;
  readonly messages: {
    readonly nodes: readonly Message[];
    readonly pageInfo?: { readonly startCursor: string; readonly hasPreviousPage: boolean };
  };
}

/** The answer of a fetch, over any transport. */
export interface Fetched {
  readonly askedAt: number;
  readonly answeredAt: number;
  readonly room: RoomAnswer | null;
  readonly errors: readonly WireError[];
  readonly heat: Heat | null;
  /** The status of HTTP; 200 over a WebSocket. */
  readonly status: number;
  readonly text: string;
}

export type Fetch = (query: string, variables: Readonly<Record<string, unknown>>) => Promise<Fetched>;

export const NEWEST =
  'query ($id: ID!) { room(id: $id) { title messages(last: 20) { nodes { seq body author ' +
  '{ handle } reactions { emoji count } } } } }';
export const PERSONAL =
  'query ($id: ID!) { room(id: $id) { myReadSeq unreadCount lastMessage { seq body reactions ' +
  '{ emoji count mine } } messages(last: 20) { nodes { seq body reactions { emoji count mine } } } } }';
export const OLDER =
  'query ($id: ID!, $before: String) { room(id: $id) { messages(last: 1, before: $before) ' +
  '{ nodes { seq body } pageInfo { startCursor hasPreviousPage } } } }';

export const codeOf = ({ errors }: Fetched): string => errors[0]?.extensions.code ?? 'no error';

const fetched = (askedAt: number, text: string, status: number): Fetched => {
  const {
    data,
    errors = [],
    extensions,
  } = JSON.parse(text) as {
    data?: { room: RoomAnswer | null } | null;
    errors?: readonly WireError[];
    extensions?: { heat?: Heat };
  };
  return {
    askedAt,
    answeredAt: performance.now(),
    room: data?.room ?? null,
    errors,
    heat: extensions?.heat ?? null,
    status,
    text,
  };
};

export const overHttp =
  (user: WireUser): Fetch =>
  async (query, variables) => {
    const askedAt = performance.now();
    const { text, status } = await user.ask(query, variables);
    return fetched(askedAt, text, status);
  };

/** One WebSocket of a user, for fetches and for the events of a room. */
export interface Socket extends AsyncDisposable {
  readonly fetch: Fetch;
  /**
   * The changes of the room's heat from now on. Resolves when the subscription stands: `after` is a position before the
   * room's last message.
   */
  heatChanges(roomId: string, after: string): Promise<readonly HeatChange[]>;
}

export interface HeatChange {
  readonly at: number;
  readonly position: string;
  readonly heat: Omit<Heat, 'roomId'> & { readonly fetchesPerSecond: number };
}

const HEAT_CHANGES = `subscription ($roomId: ID!, $after: Position) {
  roomEvents(roomId: $roomId, after: $after) { __typename position ... on RoomHeatChanged {
    heat { state paceMs fetchesPerSecond until } } }
}`;

export function openSocket({ url, token }: Pick<WireUser, 'url' | 'token'>): Socket {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
  });
  return {
    fetch: (query, variables) =>
      new Promise((resolve, reject) => {
        const askedAt = performance.now();
        let result: FormattedExecutionResult = {};
        const next = (given: unknown): void => void (result = given as FormattedExecutionResult);
        client.subscribe(
          { query, variables },
          {
            next,
            error: (error) => reject(asError(error)),
            complete: () => resolve(fetched(askedAt, JSON.stringify(result), 200)),
          },
        );
      }),
    async heatChanges(roomId, after) {
      const changes: HeatChange[] = [];
      let stands = false;
      client.subscribe<{ roomEvents: { __typename: string; position: string; heat?: HeatChange['heat'] } }>(
        { query: HEAT_CHANGES, variables: { roomId, after } },
        {
          next({ data }) {
            stands = true;
            if (data?.roomEvents.heat)
              changes.push({ at: performance.now(), position: data.roomEvents.position, heat: data.roomEvents.heat });
          },
          error: () => undefined,
          complete: () => undefined,
        },
      );
      await until(() => stands, 'the subscription to stand');
      return changes;
    },
    [Symbol.asyncDispose]: async () => client.dispose(),
  };
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(JSON.stringify(error)));

export interface HotRoom {
  readonly roomId: string;
  /** The position of the room's creation, before all of its other events. */
  readonly position: string;
  /** By turns on each of the servers. */
  readonly members: readonly WireUser[];
}

let rooms = 0;

/** A room with so many members and messages. */
export async function openRoom(urls: readonly string[], members: number, messages: number): Promise<HotRoom> {
  const name = `r${rooms++}`;
  const users = await Promise.all(
    Array.from({ length: members }, (_, n) => signInOnWire(urls[n % urls.length]!, `${name}-${n}`)),
  );
  const owner = users[0]!;
  const { room, receipt } = await commanded(owner, 'createRoom', { title: name });
  await Promise.all(users.slice(1).map((user) => commanded(user, 'joinRoom', { roomId: room!.id })));
  for (let n = 1; n <= messages; n++)
    await commanded(
      owner,
      'sendMessage',
      { roomId: room!.id, body: `message ${n}` },
      n === messages ? 'PROJECTED' : 'DECIDED',
    );
  return { roomId: room!.id, position: receipt.position!, members: users };
}

export const onServer = ({ token, userId }: WireUser, url: string): WireUser => wireUser(url, token, userId);

export const stateOf = async (user: WireUser, roomId: string): Promise<string> =>
  (
    await user.ask<{ room: { heat: { state: string } } }>('query ($id: ID!) { room(id: $id) { heat { state } } }', {
      id: roomId,
    })
  ).data!.room.heat.state;

/** Lets an operator make the room hot, and waits until each of these servers knows. */
export const makeHot = (
  deployment: Pick<Deployment, 'env'>,
  room: HotRoom,
  urls: readonly string[],
  minutes = 10,
): Promise<void> => override('HOT', deployment, room, urls, minutes);

/** Not hot from here on, at any rate of fetches. */
export async function keepCool(
  deployment: Pick<Deployment, 'env'>,
  room: HotRoom,
  urls: readonly string[],
): Promise<void> {
  // Only a change shows that all servers know.
  await makeHot(deployment, room, urls);
  await override('NORMAL', deployment, room, urls, 10);
}

async function override(
  state: 'HOT' | 'NORMAL',
  { env }: Pick<Deployment, 'env'>,
  { roomId, members }: HotRoom,
  urls: readonly string[],
  minutes: number,
): Promise<void> {
  const database = new pg.Client({ connectionString: env.DATABASE_URL });
  const redis = await openRedis(env.REDIS_URL!, { log: quietLogger });
  try {
    await database.connect();
    const { rows } = await database.query<{ value: string }>(`SELECT value FROM settings WHERE name = 'log_id'`);
    await redisHeatOverrides(redis, rows[0]!.value).set({
      roomId: asRoomId(roomId),
      state,
      until: Date.now() + minutes * 60_000,
    });
  } finally {
    await database.end();
    await redis.close();
  }
  await until(
    async () =>
      (await Promise.all(urls.map((url) => stateOf(onServer(members[0]!, url), roomId)))).every((now) => now === state),
    `the room to be ${state}`,
  );
}

/** Fetches at a fixed rate, whether or not they are answered, until it is stopped. */
export class Flood implements AsyncDisposable {
  readonly answers: Fetched[] = [];
  readonly #failures: unknown[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #started = performance.now();
  readonly #timer: NodeJS.Timeout;
  #due = 0;
  #next = 0;
  #last = this.#started;

  /** @param rate the fetches a second, at that many milliseconds after the beginning */
  constructor(
    private askers: readonly (() => Promise<Fetched>)[],
    rate: (ms: number) => number,
  ) {
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.#due += (rate(now - this.#started) * (now - this.#last)) / 1_000;
      this.#last = now;
      for (; this.#due >= 1; this.#due--) this.#ask();
    }, 10);
  }

  #ask(): void {
    const asked = this.askers[this.#next++ % this.askers.length]!()
      .then(
        (answer) => void this.answers.push(answer),
        (error: unknown) => void this.#failures.push(error),
      )
      .finally(() => this.#running.delete(asked));
    this.#running.add(asked);
  }

  /**
   * From now on these clients ask. Resolves once all earlier fetches are answered, so that a server can be stopped like
   * behind a load balancer: out of rotation first.
   */
  async turnTo(askers: readonly (() => Promise<Fetched>)[]): Promise<void> {
    this.askers = askers;
    await Promise.all(this.#running);
  }

  /** Answers that were neither a page nor a refusal with ROOM_HOT. */
  faults(): readonly string[] {
    const answers = this.answers.filter(
      ({ status, errors }) => status !== 200 || errors.some(({ extensions }) => extensions.code !== 'ROOM_HOT'),
    );
    return [...answers.map(({ text }) => text), ...this.#failures.map(String)];
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#running);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
