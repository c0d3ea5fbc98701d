import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { goLast } from '../support/go-last.js';
import { openConnection } from '../support/raw-http.js';
import type { RawConnection } from '../support/raw-http.js';
import type { Press, Pressed } from './presses.js';

// Clients that press one button: every press has a connection of its own, opened beforehand, and a time of its own.

const { url, campaignId, presses } = workerData as {
  readonly url: string;
  readonly campaignId: string;
  readonly presses: readonly Press[];
};

const REQUEST =
  'mutation Press($input: RequestGifticonInput!) { requestGifticon(input: $input) { receipt ' +
  '{ status rejection { code } } request { id status ahead etaSeconds duplicateOf } } }';
const AT_ONCE = 200;

goLast();

const connections: RawConnection[] = [];
for (let from = 0; from < presses.length; from += AT_ONCE) {
  connections.push(...(await Promise.all(presses.slice(from, from + AT_ONCE).map(({ token }) => arrive(token)))));
}

/** The page was opened before the button is pressed; a server closes connections that never carried a request. */
async function arrive(token: string): Promise<RawConnection> {
  const connection = await openConnection(url);
  await connection.post('/graphql', token, '{"query":"{ __typename }"}');
  return connection;
}

async function press(index: number, due: number): Promise<Pressed> {
  const { token, commandId } = presses[index]!;
  const body = JSON.stringify({ query: REQUEST, variables: { input: { campaignId, commandId } } });
  try {
    const answer = await connections[index]!.post('/graphql', token, body);
    const { data, errors } = JSON.parse(answer.body) as {
      data?: { requestGifticon: { request: { status: string } } } | null;
      errors?: readonly { readonly message: string }[];
    };
    const status = data?.requestGifticon.request.status;
    return {
      index,
      ms: performance.now() - due,
      answer: status && !errors ? status : 'ERROR',
      error: errors?.[0]?.message ?? null,
    };
  } catch (error) {
    return {
      index,
      ms: performance.now() - due,
      answer: 'ERROR',
      error: error instanceof Error ? error.message : String(error),
    };
  }
}

parentPort!.once('message', () => {
  const begun = performance.now() + 20;
  const order = presses.map((_, index) => index).sort((a, b) => presses[a]!.atMs - presses[b]!.atMs);
  const answers: Promise<Pressed>[] = [];
  const timer = setInterval(() => {
    const now = performance.now() - begun;
    while (answers.length < order.length && presses[order[answers.length]!]!.atMs <= now) {
      const index = order[answers.length]!;
      answers.push(press(index, begun + presses[index]!.atMs));
    }
    if (answers.length < order.length) return;
    clearInterval(timer);
    void Promise.all(answers).then((result) => {
      for (const connection of connections) connection.close();
      parentPort!.postMessage({ result });
      parentPort!.close();
    });
  }, 1);
});
parentPort!.postMessage({ ready: true });
