import type { ChatClient } from '../support/chat-client.js';
import { allMessages, createRoom, joinRoom, sendMessage, signIn } from '../support/chat-client.js';
import { until } from '../support/conditions.js';
import { engines, openDeployment } from '../support/deployment.js';

const MESSAGES = 1_000;

/** Sends one message after the other, so that the sender's own order is known. */
async function sendAll(client: ChatClient, roomId: string, bodies: readonly string[]): Promise<void> {
  for (const body of bodies) {
    const { receipt, message } = await sendMessage(client, { roomId, body });
    expect(receipt).toMatchObject({ status: 'SUCCEEDED', rejection: null });
    expect(message?.seq).toBeGreaterThan(0);
  }
}

describe.each(engines)('two users chat, on %s', (engine) => {
  test('1,000 messages arrive once and in order; a resumed subscription gets the rest', async () => {
    await using deployment = await openDeployment(engine);
    await using madang = await deployment.start();
    await using mina = await signIn(madang.url, 'mina');
    await using jun = await signIn(madang.url, 'jun');
    const { roomId } = await createRoom(mina, '마당');
    const joined = await joinRoom(jun, roomId);
    expect(joined.status).toBe('SUCCEEDED');

    const live = jun.events(roomId, joined.position!);
    const bodies = (who: string): string[] => Array.from({ length: MESSAGES / 2 }, (_, index) => `${who} ${index}`);
    await Promise.all([sendAll(mina, roomId, bodies('mina')), sendAll(jun, roomId, bodies('jun'))]);
    await until(() => live.received.length >= MESSAGES, 'every message arrives');

    await until(async () => (await allMessages(jun, roomId)).length >= MESSAGES, 'the history is whole');
    const history = await allMessages(jun, roomId);
    expect(history.map(({ seq }) => seq)).toEqual(Array.from({ length: MESSAGES }, (_, index) => index + 1));
    expect(live.errors).toEqual([]);
    expect(live.received.map(({ message }) => ({ seq: message!.seq, body: message!.body }))).toEqual(
      history.map(({ seq, body }) => ({ seq, body })),
    );
    for (const who of ['mina', 'jun'])
      expect(history.map(({ body }) => body).filter((body) => body.startsWith(who))).toEqual(bodies(who));
    live.stop();

    const middle = live.received[MESSAGES / 2 - 1]!;
    const resumed = jun.events(roomId, middle.position);
    await until(() => resumed.received.length >= MESSAGES / 2, 'the rest arrives');
    const { message: last } = await sendMessage(mina, { roomId, body: 'the last' });
    await until(() => resumed.received.at(-1)?.message?.id === last!.id, 'and what comes after it');
    expect(resumed.errors).toEqual([]);
    expect(resumed.received.map(({ position }) => position).slice(0, MESSAGES / 2)).toEqual(
      live.received.slice(MESSAGES / 2).map(({ position }) => position),
    );
    expect(resumed.received).toHaveLength(MESSAGES / 2 + 1);
    resumed.stop();
  }, 240_000);
});
