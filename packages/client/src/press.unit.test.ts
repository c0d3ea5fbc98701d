import type { GifticonRequest } from './commands.js';
import { createPress } from './press.js';
import type { Send } from './send.js';
import type { Sink, Transport, Variables } from './transport.js';

const queued = (more: object = {}): GifticonRequest =>
  ({ id: 'r', campaignId: 'c', status: 'QUEUED', number: 7, ahead: 9, etaSeconds: null, ...more }) as GifticonRequest;

/** A server that answers with this request, and whose subscriptions the test writes to. */
function open(answer: GifticonRequest) {
  const subscriptions = new Map<string, { readonly variables: Variables; readonly observer: Sink<never> }>();
  let ended = 0;
  const transport = {
    subscribe(query: string, variables: Variables, observer: Sink<never>) {
      subscriptions.set(query.includes('campaignProgress') ? 'progress' : 'request', { variables, observer });
      return () => void ended++;
    },
  } as unknown as Transport;
  const send = (() => Promise.resolve({ request: answer })) as unknown as Send;
  return {
    press: createPress(transport, send),
    subscriptions,
    ended: () => ended,
    next: (name: string, data: object) => subscriptions.get(name)!.observer.next(data as never),
    complete: (name: string) => subscriptions.get(name)!.observer.complete(),
  };
}
const progress = (served: number, ratePerSecond = 0) => ({ campaignProgress: { served, ratePerSecond } });
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

test('the place of a request with a number comes from the progress of the campaign', async () => {
  const server = open(queued());
  const told: GifticonRequest[] = [];
  const pressed = server.press('c', { onChange: (request) => told.push(request) });
  await turn();
  expect(server.subscriptions.get('request')?.variables).toEqual({ id: 'r', place: false });
  expect(server.subscriptions.get('progress')?.variables).toEqual({ id: 'c' });
  for (const each of [progress(2), progress(2), progress(4, 4)]) server.next('progress', each);
  server.next('request', { gifticonRequest: queued({ status: 'ISSUED' }) });
  server.complete('request');
  expect(await pressed).toMatchObject({ status: 'ISSUED' });
  expect(told.map(({ status, ahead, etaSeconds }) => [status, ahead, etaSeconds])).toEqual([
    ['QUEUED', 9, null],
    ['QUEUED', 4, null],
    ['QUEUED', 2, 0.75],
    ['ISSUED', 9, null],
  ]);
  expect(server.ended()).toBe(1);
});

test('without a number, and for a request made before, the server tells the place', async () => {
  for (const answer of [queued({ number: null }), queued({ status: 'REJECTED', duplicateOf: 'first' })]) {
    const server = open(answer);
    const pressed = server.press('c', { onChange: () => undefined });
    await turn();
    expect([...server.subscriptions.keys()]).toEqual(['request']);
    expect(server.subscriptions.get('request')?.variables).toMatchObject({ place: true });
    server.next('request', { gifticonRequest: queued({ status: 'SOLD_OUT' }) });
    server.complete('request');
    expect(await pressed).toMatchObject({ status: 'SOLD_OUT' });
  }
});
