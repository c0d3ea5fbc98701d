import { spanId, traceId } from '../domain/ids.js';
import { recordSpans } from '../testing/recorded-spans.js';
import { codeOf, startBatchSpan, within } from './tracing.js';

const item = (trace: string, span?: string) => ({
  traceId: traceId(trace),
  span: span === undefined ? undefined : spanId(span),
});
const never = (): never => {
  throw new Error('nothing is sampled');
};

test('a batch without a sampled item has no span, and nothing is worked out for one', () => {
  const { tracer, spans } = recordSpans();
  expect(startBatchSpan(tracer, 'batch', 'internal', [item('a'), item('b')], never)).toBeNull();
  expect(startBatchSpan(tracer, 'batch', 'internal', [], never)).toBeNull();
  expect(spans).toEqual([]);
});

test('a batch is below its first sampled item and links to the others, each once', () => {
  const { tracer, spans } = recordSpans();
  const items = [item('a'), item('b', 'x'), item('b', 'x'), item('c', 'y'), item('d'), item('c', 'y'), item('e', 'z')];
  startBatchSpan(tracer, 'batch', 'internal', items, () => ({ items: items.length }));
  expect(spans).toMatchObject([
    {
      name: 'batch',
      traceId: 'b',
      parent: 'x',
      attributes: { items: 7 },
      links: [
        { traceId: 'c', span: 'y' },
        { traceId: 'e', span: 'z' },
      ],
    },
  ]);
});

test('a batch of many traces has a bounded number of links', () => {
  const { tracer, spans } = recordSpans();
  const items = Array.from({ length: 500 }, (_, n) => item(`trace ${n}`, `span ${n}`));
  startBatchSpan(tracer, 'batch', 'internal', items, () => ({}));
  expect(spans[0]!.links).toHaveLength(128);
});

test('work within a span ends it once, and a failure has its code', async () => {
  const { tracer, spans } = recordSpans();
  const start = () => tracer.start('work', { kind: 'internal', traceId: traceId('a'), attributes: {} });
  expect(await within(start(), () => Promise.resolve(7))).toBe(7);
  const failure = Object.assign(new Error('of mina'), { code: 'LOG_UNAVAILABLE' });
  await expect(within(start(), () => Promise.reject(failure))).rejects.toBe(failure);
  expect(spans).toMatchObject([
    { code: null, ends: 1 },
    { code: 'LOG_UNAVAILABLE', ends: 1 },
  ]);
});

test('a code is a short word, and never a text', () => {
  expect(codeOf(Object.assign(new Error('x'), { code: '57P01' }))).toBe('57P01');
  expect(codeOf(Object.assign(new Error('x'), { code: 'the handle mina' }))).toBe('INTERNAL');
  expect(codeOf(Object.assign(new Error('x'), { code: 7 }))).toBe('INTERNAL');
  expect(codeOf(new Error('of mina'))).toBe('INTERNAL');
  expect(codeOf('of mina')).toBe('INTERNAL');
});
