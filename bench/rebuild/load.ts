import { createCursorSigner } from '../../src/engine/gateway/signed-cursor.js';
import { messageCursors } from '../../src/schema/message/history.js';
import type { Deployment } from '../support/deployment.js';
import type { Threaded } from '../support/in-thread.js';
import { inThread } from '../support/in-thread.js';
import type { Filled } from './fill.js';
import { PAGE } from './queries.js';
import type { Sizes } from './sizes.js';
import { ONLOOKER, castOf, memberOf } from './synthetic-log.js';

export interface LoadRoom {
  readonly id: string;
  readonly index: number;
  readonly title: string;
  readonly memberCount: number;
  /** The last message before the load. */
  readonly lastSeq: number;
  /** Messages up to here get no more reactions. */
  readonly settledSeq: number;
  /** Tokens: of a member who sends, and of one who only reads. */
  readonly writer: string;
  readonly reader: string;
  /** Cursors in the history. */
  readonly cursors: readonly { readonly before: number; readonly cursor: string }[];
}

export interface LoadInput {
  readonly url: string;
  readonly rooms: readonly LoadRoom[];
  readonly users: number;
  readonly sendsPerSecond: number;
  readonly readsPerSecond: number;
}

/** Milliseconds since 1970, and the duration. */
export interface Taken {
  readonly at: number;
  readonly ms: number;
}

export interface Noted {
  readonly at: number;
  readonly what: string;
}

/** `wrong`: wrong answers. `failed`: requests without an answer, and subscriptions that ended. */
export interface LoadResult {
  readonly wrong: readonly Noted[];
  readonly failed: readonly Noted[];
  readonly answers: number;
  /** Received by subscriptions. */
  readonly events: number;
  /** Messages whose read models took longer than a mutation's wait. */
  readonly late: number;
  /** Messages that were due while every room still waited for an answer. */
  readonly held: number;
  /** From the due time of a message until every read model had it. */
  readonly lags: readonly Taken[];
  readonly reads: readonly Taken[];
}

const ROOMS = 12;
const CURSORS = 50;

/** Members who send, read and listen until they are stopped; resolves when all of them are there. */
export async function startLoad(
  deployment: Deployment,
  url: string,
  { rooms, events }: Filled,
  { sends, reads }: Sizes,
): Promise<Threaded<LoadResult>> {
  const { users } = castOf(events);
  const { cursorKey: sealKey } = await deployment.settings();
  const seal = createCursorSigner(sealKey);
  const taken = rooms.filter(({ lastSeq }) => lastSeq >= 3 * PAGE);
  const chosen = taken.filter((_, n) => n % Math.ceil(taken.length / ROOMS) === 0);
  const writers = await deployment.tokens(chosen.map(({ index }) => memberOf(index, 0, users)));
  const readers = await deployment.tokens(chosen.map(({ index }) => memberOf(index, ONLOOKER, users)));
  const input: LoadInput = {
    url,
    users,
    sendsPerSecond: sends,
    readsPerSecond: reads,
    rooms: chosen.map(({ id, index, lastSeq, memberCount }, n) => {
      const settledSeq = lastSeq - PAGE;
      const cursors = messageCursors(seal, id);
      const places = Array.from(
        { length: CURSORS },
        (_, place) => PAGE + 1 + Math.floor(((settledSeq - PAGE) * place) / CURSORS),
      );
      return {
        id,
        index,
        title: `Room ${index}`,
        memberCount,
        lastSeq,
        settledSeq,
        writer: writers[n]!,
        reader: readers[n]!,
        cursors: places.map((before) => ({ before, cursor: cursors.sign(before) })),
      };
    }),
  };
  const thread = inThread<LoadResult>(new URL('./load-thread.js', import.meta.url), input);
  await thread.ready;
  return thread;
}
