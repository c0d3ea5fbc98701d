import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { createDevTokens } from '../../../src/server/identity/dev-tokens.js';
import type { UserId } from '../../../src/engine/domain/ids.js';
import { seeded } from '../../support/simulated-database.js';
import { secretOf } from '../../support/wire.js';
import type { Cluster } from '../cluster.js';
import type { Drop } from './campaigns.js';
import { holdCampaigns } from './campaigns.js';
import type { LoadContext } from './client.js';
import { askUntilAnswered } from './client.js';
import { settle } from './commands.js';
import type { Credentials, History } from './history.js';
import { createHistory } from './history.js';
import type { KnownRoom, Person } from './people.js';
import { pry, readAlong, wander, write } from './people.js';
import { listen } from './subscriber.js';

export interface LoadSize {
  readonly rooms: number;
  readonly writers: number;
  /** Between two commands of one writer. */
  readonly writeEveryMs: number;
  /** Between two pages of one reader. */
  readonly readEveryMs: number;
  /** The stock of a campaign; 0: there is none. */
  readonly stock: number;
  readonly customerEveryMs: number;
}

export const USUAL_LOAD: LoadSize = {
  rooms: 6,
  writers: 8,
  writeEveryMs: 900,
  readEveryMs: 1_200,
  stock: 40,
  customerEveryMs: 900,
};

export interface Load {
  readonly history: History;
  readonly drops: readonly Drop[];
  readonly context: LoadContext;
  readonly rooms: readonly KnownRoom[];
  readonly persons: readonly Person[];
  /** No new work; resolves when all begun work has its outcome. Subscribers go on. */
  close(): Promise<void>;
  /** Ends everything, the subscribers too. */
  end(): Promise<void>;
}

/** Signs all users in, creates the rooms and lets all users join. From then on it runs until it is closed. */
export async function startLoad(cluster: Cluster, size: LoadSize, seed: number): Promise<Load> {
  const [closing, over] = [new AbortController(), new AbortController()];
  for (const { signal } of [closing, over]) setMaxListeners(0, signal);
  const history = createHistory();
  const context: LoadContext = {
    history,
    apis: cluster.apis,
    random: seeded(seed + 1),
    closing: closing.signal,
    over: over.signal,
  };
  const tokens = createDevTokens(await secretOf(cluster, 'token_key'));
  const somebody = async (roles: readonly 'admin'[] = []): Promise<Credentials> => {
    const userId = randomUUID();
    return {
      userId,
      token: await tokens.issue({ userId: userId as UserId, handle: userId.slice(0, 30), name: 'Somebody', roles }),
    };
  };

  const people = await Promise.all(
    Array.from({ length: size.writers + 1 }, (_, index) => signIn(context, `user${index}`)),
  );
  const [wanderer, ...writers] = people as [Credentials, ...Credentials[]];
  const rooms: KnownRoom[] = [];
  const listening: Promise<void>[] = [];
  // An error of a client is a fault of this harness, and must not end it half-way.
  const going = (client: Promise<void>): Promise<void> =>
    client.catch(
      (error: unknown) => void history.wrong.push(`a client of the harness broke: ${(error as Error).stack}`),
    );
  const made = new Map<string, { readonly by: string; readonly position: string }>();
  for (let n = 0; n < size.rooms; n++) {
    const by = writers[n % writers.length]!;
    const { id, position } = await createRoom(context, by);
    rooms.push({ id, lastSeq: 0 });
    made.set(id, { by: by.userId, position });
  }
  const persons: Person[] = writers.map(({ userId, token }, index) => ({
    userId,
    token,
    wrote: new Map(),
    // Every room has its writers and every writer some rooms.
    rooms: rooms.filter((_, n) => (n + index) % 2 === 0 || n % writers.length === index),
  }));
  for (const person of persons) {
    for (const room of person.rooms) {
      const own = made.get(room.id)!;
      // The founder of the room is in it.
      const from =
        own.by === person.userId ? own.position : (await settle(context, person, 'joinRoom', room.id))?.position;
      if (from) listening.push(going(listen(context, person, room.id, from)));
    }
  }

  const drops: Drop[] = [];
  const [admin, stranger] = [await somebody(['admin']), await somebody()];
  const working = [
    ...persons.map((person) => write(context, person, size.writeEveryMs)),
    ...persons.map((person) => readAlong(context, person, size.readEveryMs)),
    wander(context, { ...wanderer, rooms, wrote: new Map() }),
    pry(
      context,
      stranger,
      rooms.map(({ id }) => id),
    ),
    ...(size.stock > 0
      ? [holdCampaigns(context, { admin, customer: somebody, stock: size.stock, everyMs: size.customerEveryMs }, drops)]
      : []),
  ];
  const worked = Promise.all(working.map(going));

  return {
    history,
    drops,
    context,
    rooms,
    persons,
    async close() {
      closing.abort();
      await worked;
    },
    async end() {
      closing.abort();
      over.abort();
      await Promise.all([worked, ...listening]);
    },
  };
}

async function signIn(context: LoadContext, handle: string): Promise<Credentials> {
  const query = 'mutation ($handle: String!) { signIn(handle: $handle) { token user { id } } }';
  const data = await askUntilAnswered<{ signIn: { token: string; user: { id: string } } }>(
    context,
    { token: '' },
    query,
    { handle },
    'signing in',
  );
  if (!data) throw new Error(`${handle} could not sign in: ${context.history.wrong.join('; ')}`);
  return { userId: data.signIn.user.id, token: data.signIn.token };
}

async function createRoom(
  context: LoadContext,
  by: Credentials,
): Promise<{ readonly id: string; readonly position: string }> {
  const query =
    'mutation ($input: CreateRoomInput!) { createRoom(input: $input, waitFor: PROJECTED) ' +
    '{ receipt { position } room { id } } }';
  const data = await askUntilAnswered<{ createRoom: { receipt: { position: string }; room: { id: string } } }>(
    context,
    by,
    query,
    { input: { title: '마당', commandId: randomUUID() } },
    'making a room',
  );
  if (!data) throw new Error(`a room could not be made: ${context.history.wrong.join('; ')}`);
  return { id: data.createRoom.room.id, position: data.createRoom.receipt.position };
}
