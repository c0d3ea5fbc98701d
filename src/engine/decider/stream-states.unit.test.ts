import type { Aggregate } from '../domain/decide.js';
import { foreign, streamOf } from '../domain/decide.js';
import type { RecordedEvent } from '../domain/event.js';
import type { DomainEvent } from '../../events/event.js';
import { commandId, position, traceId, userId } from '../domain/ids.js';
import { roomId } from '../../events/ids.js';
import type { LoadedStream } from '../store/event-store.js';
import { createStreamStates } from './stream-states.js';

const room = roomId('0b0b7c56-9d3c-4b5e-8d5e-111111111111');
const posted = (seq: number): DomainEvent => ({
  type: 'MessagePosted',
  data: { roomId: room, seq, authorId: userId('mina'), body: '' },
});
/** Counts its events. */
const counter = (stateVersion: number): Aggregate<number> => ({
  name: 'counter',
  initialState: 0,
  stateVersion,
  evolve: (count) => count + 1,
});

const recorded = (version: number): RecordedEvent => ({
  partition: 0,
  position: position(version),
  key: room,
  stream: streamOf(counter(1), 'a').id,
  version,
  event: posted(version),
  commandId: commandId('0b0b7c56-9d3c-4b5e-8d5e-222222222222'),
  traceId: traceId('0'.repeat(32)),
  at: new Date(0),
});

/** A stream of 250 events, in a store that counts its reads. */
function storeWith(snapshot: LoadedStream['snapshot']) {
  const all = Array.from({ length: 250 }, (_, index) => recorded(index + 1));
  const reads = { loads: 0, whole: 0 };
  const asked: (readonly RecordedEvent['stream'][])[] = [];
  return {
    reads,
    /** The streams of each load. */
    asked,
    /** Another decider writes one more. */
    grow: () => all.push(recorded(all.length + 1)),
    size: () => all.length,
    loadStreams(ids: readonly RecordedEvent['stream'][]) {
      reads.loads++;
      asked.push(ids);
      return Promise.resolve(
        new Map(ids.map((id) => [id, { version: all.length, snapshot, events: all.slice(snapshot?.version ?? 0) }])),
      );
    },
    readStream(_id: RecordedEvent['stream'], after: number, limit: number) {
      reads.whole++;
      return Promise.resolve(all.slice(after, after + limit));
    },
  };
}

const snapshotOf = (version: number) => ({ version: 200, state: { version, state: 200 } });

test('a state is folded on from its snapshot, and read once', async () => {
  const store = storeWith(snapshotOf(1));
  const states = createStreamStates(store);
  const stream = streamOf(counter(1), 'a');
  await states.load([stream]);
  await states.load([stream]);
  expect(states.draft().get(stream)).toMatchObject({ state: 250, version: 250 });
  expect(store.reads).toEqual({ loads: 1, whole: 0 });
});

test('a snapshot of another shape is not read: the stream is folded from its start', async () => {
  const store = storeWith({ version: 200, state: { version: 1, state: 'of another shape' } });
  const states = createStreamStates(store);
  const stream = streamOf(counter(2), 'a');
  await states.load([stream]);
  expect(states.draft().get(stream)).toMatchObject({ state: 250, version: 250 });
  expect(store.reads.whole).toBe(1);
});

test('a draft leaves the committed states unchanged until it is kept', async () => {
  const states = createStreamStates(storeWith(snapshotOf(1)));
  const stream = streamOf(counter(1), 'a');
  await states.load([stream]);
  const draft = states.draft();
  expect(draft.append({ stream: stream.id, event: posted(251) })).toBe(251);
  expect(states.draft().get(stream).version).toBe(250);
  states.keep(draft);
  await states.load([stream]);
  expect(states.draft().get(stream)).toMatchObject({ state: 251, version: 251 });
});

test('after a conflict nothing that was known is used: another decider has written', async () => {
  const store = storeWith(snapshotOf(1));
  const states = createStreamStates(store);
  const stream = streamOf(counter(1), 'a');
  await states.load([stream]);
  store.grow();
  states.clear();
  expect(() => states.draft().get(stream)).toThrow('not declared');
  await states.load([stream]);
  expect(states.draft().get(stream)).toMatchObject({ state: 251, version: 251 });
});

test('a stream gets a snapshot with each hundred events, with its state version', async () => {
  const states = createStreamStates(storeWith(snapshotOf(1)));
  const stream = streamOf(counter(1), 'a');
  await states.load([stream]);
  const draft = states.draft();
  for (let version = 251; version < 300; version++) draft.append({ stream: stream.id, event: posted(version) });
  expect(draft.snapshots()).toEqual([]);
  draft.append({ stream: stream.id, event: posted(300) });
  expect(draft.snapshots()).toEqual([{ stream: stream.id, version: 300, state: { version: 1, state: 300 } }]);
});

test('a decision that touches a stream which its command did not declare is a mistake', async () => {
  const states = createStreamStates(storeWith(null));
  await states.load([]);
  expect(() => states.draft().append({ stream: streamOf(counter(1), 'b').id, event: posted(1) })).toThrow(
    'was not declared',
  );
});

test("a stream of another queue's decider is read anew each time, our own is not", async () => {
  const store = storeWith(snapshotOf(1));
  const states = createStreamStates(store);
  const [own, theirs] = [streamOf(counter(1), 'own'), foreign(streamOf(counter(1), 'theirs'))];
  await states.load([own, theirs]);
  expect(states.draft().get(theirs)).toMatchObject({ state: 250, version: 250 });
  store.grow();
  await states.load([own, theirs]);
  expect(states.draft().get(own).version).toBe(250);
  expect(states.draft().get(theirs)).toMatchObject({ state: 251, version: 251 });
  expect(store.reads).toEqual({ loads: 2, whole: 0 });
});

test('many commands that read the same foreign stream share one read of it', async () => {
  const store = storeWith(null);
  const states = createStreamStates(store);
  await states.load(Array.from({ length: 50 }, () => foreign(streamOf(counter(1), 'theirs'))));
  expect(store.asked).toEqual([['counter-theirs']]);
});

test("known as one's own and known as another decider's are not mixed up", async () => {
  const store = storeWith(null);
  const states = createStreamStates(store);
  const own = streamOf(counter(1), 'a');
  await states.load([foreign(own)]);
  store.grow();
  await states.load([own]);
  expect(states.draft().get(own).version).toBe(251);
  store.grow();
  await states.load([foreign(own)]);
  expect(states.draft().get(own).version).toBe(252);
});

test.each([999, 1_000, 1_001, 2_000])(
  'a stream of %i events is folded whole from its first one, page by page',
  async (count) => {
    const store = storeWith({ version: 200, state: { version: 1, state: 200 } });
    while (store.size() < count) store.grow();
    const states = createStreamStates(store);
    const stream = streamOf(counter(2), 'a');
    await states.load([stream]);
    expect(states.draft().get(stream)).toMatchObject({ state: count, version: count });
  },
);
