import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { ChatClient } from '../support/chat-client.js';
import { createRoom, joinRoom, sendMessage, signIn } from '../support/chat-client.js';
import { until } from '../support/conditions.js';
import type { Deployment } from '../support/deployment.js';
import { engines, openDeployment } from '../support/deployment.js';
import { distinctPorts } from '../support/distinct-ports.js';
import type { MadangProcess } from '../support/madang.js';
import type { OtlpReceiver, ReceivedSpan } from '../support/otlp-receiver.js';
import { receiveOtlp } from '../support/otlp-receiver.js';

/** Spans are sent after a moment, and not after the five seconds of the SDK. */
const SOON = { OTEL_BSP_SCHEDULE_DELAY: '100' };

const tracesTo = (url: string, sampler: string, more: Readonly<Record<string, string>> = {}) => ({
  MADANG_TRACES: 'on',
  OTEL_EXPORTER_OTLP_ENDPOINT: url,
  OTEL_TRACES_SAMPLER: sampler,
  ...SOON,
  ...more,
});

interface Caller {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceparent: string;
}

function newCaller(flags: '00' | '01'): Caller {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-${flags}` };
}

/** Any operation over HTTP, as a part of the caller's trace. */
async function ask(url: string, token: string, { traceparent }: Pick<Caller, 'traceparent'>, query: string) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, traceparent },
    body: JSON.stringify({ query }),
  });
  return { traceId: response.headers.get('x-trace-id'), body: (await response.json()) as object };
}

const sending = (roomId: string, body: string): string =>
  `mutation TheNameOfAPerson { said: sendMessage(input: { roomId: "${roomId}", body: "${body}" }) {
    receipt { status } message { id } } }`;

const sent = { data: { said: { receipt: { status: 'SUCCEEDED' } } } };

/** Three processes of a deployment that trace where the caller asks for it, and two users who follow one room. */
async function openSite(deployment: Deployment, receiver: OtlpReceiver) {
  const env = tracesTo(receiver.url, 'parentbased_always_off');
  const processes = await Promise.all(
    ['api', 'decider', 'projector'].map((MADANG_ROLES) => deployment.start({ ...env, MADANG_ROLES })),
  );
  const [{ url }] = processes as [MadangProcess];
  const [mina, jun] = [await signIn(url, 'mina'), await signIn(url, 'jun')];
  const { roomId, position } = await createRoom(mina, 'Madang');
  await joinRoom(jun, roomId);
  const streams = [mina.events(roomId, position), jun.events(roomId, position)];
  return {
    url,
    mina,
    jun,
    roomId,
    pushed: (body: string): boolean =>
      streams.every(({ received }) => received.some(({ message }) => message?.body === body)),
    async [Symbol.asyncDispose]() {
      for (const stream of streams) stream.stop();
      for (const user of [mina, jun]) await user[Symbol.asyncDispose]();
      await Promise.all(processes.map((process) => process.stop()));
    },
  };
}

const named = (spans: readonly ReceivedSpan[], name: string): ReceivedSpan => {
  const found = spans.filter((span) => span.name === name);
  expect([name, found.length]).toEqual([name, 1]);
  return found[0]!;
};

describe.each(engines)('traces, on %s', (engine) => {
  test('one trace from the mutation to the push over three processes; batches have links', async () => {
    await using receiver = await receiveOtlp();
    await using deployment = await openDeployment(engine);
    await using site = await openSite(deployment, receiver);
    const { url, mina, jun, roomId, pushed } = site;
    const callers = new Set<string>();
    const call = async (user: ChatClient, body: string): Promise<Caller> => {
      const caller = newCaller('01');
      callers.add(caller.traceId);
      expect((await ask(url, user.token, caller, sending(roomId, body))).traceId).toBe(caller.traceId);
      return caller;
    };
    await until(async () => {
      await call(mina, 'before');
      return receiver.spans.some((span) => span.name === 'push events' && span.attributes['madang.subscribers'] === 2);
    }, 'both subscriptions are live');

    const models = ['timeline', 'recent-timeline', 'unread', 'rooms'];
    const names = ['push events', 'publish events', 'store batch', ...models.map((model) => `project ${model}`)];
    let caller = newCaller('01');
    const trace = (): readonly ReceivedSpan[] => receiver.spans.filter(({ traceId }) => traceId === caller.traceId);
    const isWhole = (): boolean => names.every((name) => trace().some((span) => span.name === name));
    // A follower that finds an event in the store, before the feed brings it, does not know its trace.
    await until(
      async () => {
        caller = await call(mina, 'a secret');
        await until(() => pushed('a secret'), 'both subscribers have it');
        return until(isWhole, 'its spans', 5_000).then(
          () => true,
          () => false,
        );
      },
      () =>
        `a trace is whole, not just ${trace()
          .map(({ name }) => name)
          .join()}`,
      60_000,
    );
    const mutation = named(trace(), 'mutation sendMessage');
    const append = named(trace(), 'append SendMessage');
    const decide = named(trace(), 'decide SendMessage');
    const store = named(trace(), 'store batch');
    expect(mutation.parentSpanId).toBe(caller.spanId);
    expect(append.parentSpanId).toBe(mutation.spanId);
    expect(decide.parentSpanId).toBe(append.spanId);
    for (const name of names) expect([name, named(trace(), name).parentSpanId]).toEqual([name, decide.spanId]);
    expect(decide.links).toEqual([expect.objectContaining({ traceId: caller.traceId, spanId: store.spanId })]);
    expect(decide.attributes).toMatchObject({ 'madang.events': 1, 'madang.queue': 'commands' });
    // One execution, and two subscribers.
    expect(named(trace(), 'push events').attributes).toMatchObject({ 'madang.subscribers': 2, 'madang.events': 1 });
    const roles = [append, decide, named(trace(), 'project timeline')].map(({ resource }) => resource['madang.roles']);
    expect(roles).toEqual(['api', 'decider', 'projector']);
    expect(mutation.resource).toMatchObject({ 'service.name': 'madang' });

    const malformed = await call(mina, '');
    const elsewhere = newCaller('01');
    callers.add(elsewhere.traceId);
    await ask(
      url,
      jun.token,
      elsewhere,
      sending(
        roomId.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
        'x',
      ),
    );
    const of = ({ traceId }: Caller, name: string): ReceivedSpan | undefined =>
      receiver.spans.find((span) => span.traceId === traceId && span.name === name);
    await until(() => of(elsewhere, 'decide SendMessage'), 'the command that the domain refused is traced');
    expect(of(elsewhere, 'decide SendMessage')!.attributes).toMatchObject({
      'madang.events': 0,
      'madang.rejection': 'ROOM_NOT_FOUND',
    });
    await until(() => of(malformed, 'mutation sendMessage'), 'the refused operation is traced');
    expect(of(malformed, 'mutation sendMessage')).toMatchObject({
      status: { code: 2, message: 'BAD_USER_INPUT' },
      attributes: { 'error.type': 'BAD_USER_INPUT' },
    });

    const linking = (): ReceivedSpan | undefined =>
      receiver.spans.find(({ name, links }) => name === 'store batch' && links.length > 0);
    await until(async () => {
      await Promise.all(Array.from({ length: 20 }, () => call(mina, 'one of many')));
      return linking();
    }, 'a batch has several commands');
    const batch = linking()!;
    const decisions = (): readonly ReceivedSpan[] =>
      receiver.spans.filter(
        ({ name, links }) => name === 'decide SendMessage' && links.some(({ spanId }) => spanId === batch.spanId),
      );
    await until(() => decisions().length === batch.links.length + 1, 'its commands link to it');
    const first = decisions().find(({ spanId }) => spanId === batch.parentSpanId)!;
    expect(first.traceId).toBe(batch.traceId);
    const others = decisions().filter((span) => span !== first);
    expect(batch.links.map(({ traceId, spanId }) => `${traceId} ${spanId}`).toSorted()).toEqual(
      others.map(({ traceId, spanId }) => `${traceId} ${spanId}`).toSorted(),
    );
    expect(new Set(others.map(({ traceId }) => traceId)).size).toBe(others.length);

    // Sign-ins and joins were not sampled: their callers did not ask for it.
    expect(receiver.spans.filter(({ traceId }) => !callers.has(traceId))).toEqual([]);
    for (const secret of ['a secret', 'mina', 'TheNameOfAPerson', 'said', roomId, mina.userId, jun.userId, mina.token])
      expect(receiver.bodies.filter((body) => body.includes(secret))).toEqual([]);
  }, 180_000);
});

test('a stranger who asks for it is not sampled, by any trace id', async () => {
  await using receiver = await receiveOtlp();
  await using deployment = await openDeployment('embedded');
  const madang = await deployment.start(tracesTo(receiver.url, 'traceidratio', { OTEL_TRACES_SAMPLER_ARG: '0' }));
  await using mina = await signIn(madang.url, 'mina');
  const { roomId } = await createRoom(mina, 'Madang');
  const lowest = `${'0'.repeat(31)}1`;
  const ids = [lowest, 'f'.repeat(32), ...Array.from({ length: 20 }, () => newCaller('01').traceId)];
  for (const traceId of ids) {
    const stranger = { traceparent: `00-${traceId}-${'a'.repeat(16)}-01` };
    const answer = await ask(madang.url, mina.token, stranger, sending(roomId, 'a'));
    expect(answer).toMatchObject({ traceId, body: sent });
  }
  // The last spans are sent at the stop.
  expect(await madang.stop()).toBe(0);
  expect(receiver.spans).toEqual([]);
});

const NODE_OPTIONS = `--require ${join(process.cwd(), 'test/support/print-loaded-modules.cjs')}`;
/** The API of OpenTelemetry is loaded in any case, by the library for metrics. */
const loadedSdk = ({ log }: MadangProcess): readonly string[] =>
  log.map(({ text }) => text).filter((text) => /^loaded @opentelemetry\/(?!api$)/.test(text));

test('without traces nothing of the SDK is loaded', async () => {
  await using deployment = await openDeployment('embedded');
  await using madang = await deployment.start({ NODE_OPTIONS, OTEL_TRACES_SAMPLER: 'of another program' });
  await using mina = await signIn(madang.url, 'mina');
  const { roomId } = await createRoom(mina, 'Madang');
  await sendMessage(mina, { roomId, body: 'a' });
  expect(loadedSdk(madang)).toEqual([]);
});

test('a collector that is away is said once, costs no message, and is found again', async () => {
  const [port] = await distinctPorts(1);
  await using deployment = await openDeployment('embedded');
  const env = { NODE_OPTIONS, OTEL_EXPORTER_OTLP_TIMEOUT: '300' };
  await using madang = await deployment.start(tracesTo(`http://127.0.0.1:${port}`, 'always_on', env));
  expect(loadedSdk(madang)).toContain('loaded @opentelemetry/sdk-trace');
  await using mina = await signIn(madang.url, 'mina');
  const { roomId } = await createRoom(mina, 'Madang');
  const say = async (): Promise<void> => {
    expect((await sendMessage(mina, { roomId, body: 'a' })).receipt.status).toBe('SUCCEEDED');
  };
  const lost = async (): Promise<number> => {
    const text = await (await fetch(`${madang.url}/metrics`)).text();
    return Number(/^madang_trace_spans_total\{result="lost"\} (\d+)/m.exec(text)?.[1] ?? 0);
  };
  await until(async () => {
    await say();
    return (await lost()) > 0;
  }, 'spans are lost');
  const before = await lost();
  await until(async () => {
    await say();
    return (await lost()) > before;
  }, 'more spans are lost');
  const lines = (text: string): number => madang.log.filter(({ msg }) => msg.includes(text)).length;
  expect(lines('the collector does not take traces')).toBe(1);

  await using receiver = await receiveOtlp(port);
  await until(async () => {
    await say();
    return receiver.spans.length > 0;
  }, 'spans arrive again');
  await until(() => lines('the collector takes traces again') === 1, 'and that is said');
});
