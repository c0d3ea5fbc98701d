import { parse } from 'graphql';
import { traceId } from '../engine/domain/ids.js';
import { recordSpans } from '../engine/testing/recorded-spans.js';
import { startOperationSpan, traceOf } from './trace.js';

const TRACE = 'ab'.repeat(16);
const SPAN = 'cd'.repeat(8);
const MUTATION = 'mutation OfMina { said: sendMessage(input: { body: "a" }) { message { id } } }';

function started(traceparent: unknown, text = MUTATION) {
  const { tracer, spans } = recordSpans();
  const asked: (boolean | null)[] = [];
  const sampled = (callers: boolean | null): boolean => {
    asked.push(callers);
    return callers ?? true;
  };
  startOperationSpan({ tracer, sampled }, { traceId: traceId(TRACE), traceparent }, 'http', parse(text), undefined);
  return { asked, spans };
}

test('the caller’s span is the parent, and its flag is asked about', () => {
  const { asked, spans } = started(`00-${TRACE}-${SPAN}-01`);
  expect(asked).toEqual([true]);
  expect(spans).toMatchObject([{ name: 'mutation sendMessage', traceId: TRACE, parent: SPAN, kind: 'server' }]);
  expect(started(`00-${TRACE}-${SPAN}-00`)).toEqual({ asked: [false], spans: [] });
  // Of a later version with further flags and fields.
  expect(started(`01-${TRACE}-${SPAN}-03-more`).asked).toEqual([true]);
});

test.each([
  undefined,
  7,
  '',
  `00-${TRACE}-${SPAN}`,
  `ff-${TRACE}-${SPAN}-01`,
  `00-${'0'.repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-0`,
  ['00', TRACE, SPAN, '01'],
])('a malformed traceparent counts as none: %j', (traceparent) => {
  const { asked, spans } = started(traceparent);
  expect(asked).toEqual([null]);
  expect(spans[0]!.parent).toBeUndefined();
  expect(traceOf(traceparent)).not.toBe(TRACE);
});

test('a span has no text of the client: neither the name of the operation nor an alias', () => {
  const { spans } = started(undefined);
  expect(JSON.stringify(spans)).not.toMatch(/OfMina|said/);
  expect(started(undefined, 'query OfMina { ...F } fragment F on Query { me { id } }').spans[0]!.name).toBe('query');
});
