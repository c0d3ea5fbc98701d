import { randomUUID } from 'node:crypto';
import type { ChatClient, Receipt } from '../support/chat-client.js';
import { allMessages, connect, createRoom, joinRoom, sendMessage, signIn } from '../support/chat-client.js';
import { until } from '../support/conditions.js';
import { engines } from '../support/deployment.js';
import { createDataDir, startMadang } from '../support/madang.js';

const MESSAGES = 1_000;
/** The number of answers before the crash: somewhere in the middle. */
const CRASH_AFTER = 300 + Math.floor(Math.random() * 400);

interface Sent {
  readonly commandId: string;
  readonly body: string;
  /** The client's answer: null without one. */
  receipt: Receipt | null;
}

describe.each(engines)('kill -9 in the middle of 1,000 messages, on %s', (engine) => {
  test(`every acknowledged command has its one outcome (killed after ${CRASH_AFTER})`, async () => {
    await using data = await createDataDir();
    const env = { MADANG_DATA_DIR: data.path, MADANG_LOG: engine };
    const sent: Sent[] = Array.from({ length: MESSAGES }, (_, index) => ({
      commandId: randomUUID(),
      body: `${index}`,
      receipt: null,
    }));
    // Ten at a time from each of the two, so that the crash meets commands in every stage.
    const shares = Array.from({ length: 20 }, (_, lane) => sent.filter((_message, index) => index % 20 === lane));
    let roomId: string;
    let from: string;
    let credentials: { readonly token: string; readonly userId: string };
    {
      const first = await startMadang({ env });
      await using mina = await signIn(first.url, 'mina');
      await using jun = await signIn(first.url, 'jun');
      credentials = { token: mina.token, userId: mina.userId };
      ({ roomId, position: from } = await createRoom(mina, '마당'));
      await joinRoom(jun, roomId);
      let answered = 0;
      const sendFrom = async (client: ChatClient, share: readonly Sent[]): Promise<void> => {
        for (const message of share) {
          try {
            ({ receipt: message.receipt } = await sendMessage(client, {
              roomId,
              body: message.body,
              commandId: message.commandId,
            }));
          } catch {
            return;
          }
          if (++answered === CRASH_AFTER) {
            // Everything at once, like a power failure.
            process.kill(first.pid, 'SIGKILL');
            await data.killServers();
          }
        }
      };
      await Promise.all(shares.map((share, lane) => sendFrom(lane % 2 === 0 ? mina : jun, share)));
      await first.exited;
    }

    const acknowledged = sent.filter(({ receipt }) => receipt !== null);
    expect(acknowledged.length).toBeGreaterThanOrEqual(CRASH_AFTER);

    await using second = await startMadang({ env });
    await using mina = connect(second.url, credentials.token, credentials.userId);
    await using jun = await signIn(second.url, 'jun');
    // The client's own duty after an error: the same commandId again. A command that had taken effect has no second
    // effect.
    const sendAgain = async (owner: ChatClient, share: readonly Sent[]): Promise<void> => {
      for (const message of share) {
        const { receipt, message: posted } = await sendMessage(owner, {
          roomId,
          body: message.body,
          commandId: message.commandId,
        });
        expect(receipt.status).toBe('SUCCEEDED');
        if (message.receipt?.status === 'SUCCEEDED') expect(receipt.position).toBe(message.receipt.position);
        expect(posted?.seq).toBeGreaterThan(0);
      }
    };
    await Promise.all(shares.map((share, lane) => sendAgain(lane % 2 === 0 ? mina : jun, share)));
    const history = await allMessages(mina, roomId);
    expect(history.map(({ seq }) => seq)).toEqual(Array.from({ length: MESSAGES }, (_, index) => index + 1));
    expect(history.map(({ body }) => body).toSorted()).toEqual(sent.map(({ body }) => body).toSorted());

    const replay = mina.events(roomId, from);
    await until(
      () => replay.received.filter(({ message }) => message).length >= MESSAGES,
      'the whole room arrives again',
    );
    expect(replay.received.flatMap(({ message }) => (message ? [message.body] : []))).toEqual(
      history.map(({ body }) => body),
    );
    replay.stop();
    expect(await second.stop()).toBe(0);
  }, 180_000);
});
