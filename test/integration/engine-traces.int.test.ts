import { z } from 'zod';
import type { Aggregate } from '../../src/engine/domain/decide.js';
import { accept, append, defineCommand, streamOf } from '../../src/engine/domain/decide.js';
import { defineDomain } from '../../src/engine/domain/define-domain.js';
import { spanId, traceId, userId } from '../../src/engine/domain/ids.js';
import type { AskedCommand } from '../../src/engine/open-engine.js';
import { openEngine } from '../../src/engine/open-engine.js';
import type { PostgresProjection } from '../../src/engine/projector/projection.js';
import { recordSpans } from '../../src/engine/testing/recorded-spans.js';
import { quietLogger, until } from '../support/conditions.js';
import { createTestDatabase } from '../support/database.js';

// Traces of a domain of one's own, by the engine alone.

interface Noted {
  readonly type: 'Noted';
  readonly data: { readonly bookId: string };
}
const book: Aggregate<{ readonly notes: number }, Noted> = {
  name: 'book',
  initialState: { notes: 0 },
  evolve: ({ notes }) => ({ notes: notes + 1 }),
};
const note = defineCommand({
  type: 'Note',
  version: 1,
  schema: z.strictObject({ bookId: z.string() }),
  key: ({ bookId }) => bookId,
  reads: ({ bookId }) => ({ book: streamOf(book, bookId) }),
  decide: ({ data }, _states, streams) => accept(append(streams.book, { type: 'Noted', data })),
});
const books: PostgresProjection = {
  name: 'books',
  version: 1,
  handles: ['Noted'],
  store: 'postgres',
  tables: ['books'],
  async apply(sql, events) {
    await sql.query('INSERT INTO books SELECT unnest($1::text[]) ON CONFLICT DO NOTHING', [
      events.map(({ event }) => (event as Noted).data.bookId),
    ]);
  },
};
const DOMAIN = defineDomain<Noted>({
  events: {
    Noted: {
      aggregate: 'book',
      audience: 'subscribers',
      access: 'none',
      schema: { version: 1, upcasts: [] },
      personal: { bookId: 'no' },
      readModels: ['books'],
    },
  },
  commands: { Note: note },
  readModels: [books],
});

const BOOK = 'b1';
const TRACE = { traceId: traceId('0af7651916cd43dd8448eb211c80319c'), span: spanId('b7ad6b7169203331') };

test('a command with a span is traced from the log to the push, and no other one is', async () => {
  await using database = await createTestDatabase();
  const { tracer, spans } = recordSpans();
  await using engine = await openEngine({
    domain: DOMAIN,
    databaseUrl: database.url,
    partitions: 1,
    prepare: (pool) => pool.query('CREATE TABLE IF NOT EXISTS books (id text PRIMARY KEY)'),
    tracer,
    logger: quietLogger,
  });
  const submit = (trace?: AskedCommand['trace']) =>
    engine.submit({
      type: 'Note',
      data: { bookId: BOOK },
      userId: userId('mina'),
      waitFor: 'PROJECTED',
      ...(trace ? { trace } : {}),
    });
  const ending = new AbortController();
  const followed = engine.follow(BOOK, { signal: ending.signal });
  const first = followed.next();
  await until(() => engine.fanOut.rooms() > 0, 'the subscription stands');

  await submit();
  await submit({ traceId: TRACE.traceId });
  expect((await first).value).toMatchObject({ event: { type: 'Noted' } });
  expect((await followed.next()).value).toMatchObject({ traceId: TRACE.traceId });
  expect(spans).toEqual([]);

  await submit(TRACE);
  expect((await followed.next()).value).toMatchObject({ traceId: TRACE.traceId });
  const named = (name: string) => spans.find((span) => span.name === name);
  await until(() => spans.length === 6 && spans.every(({ ends }) => ends === 1), 'every span has ended');
  const append = named('append Note')!;
  const decide = named('decide Note')!;
  expect(append).toMatchObject({ traceId: TRACE.traceId, parent: TRACE.span, code: null });
  expect(decide).toMatchObject({ traceId: TRACE.traceId, parent: append.place.span, code: null });
  for (const name of ['store batch', 'publish events', 'project books', 'push events'])
    expect([name, named(name)]).toEqual([
      name,
      expect.objectContaining({ traceId: TRACE.traceId, parent: decide.place.span, code: null }),
    ]);
  ending.abort();
  await followed.return();
});
