import { sendSignal } from '../../src/embedded/processes.js';
import { until } from '../support/conditions.js';
import type { FaultSite } from '../support/fault-site.js';
import { openFaultSite } from '../support/fault-site.js';
import { commanded, signInOnWire } from '../support/wire.js';

let site: FaultSite;
beforeAll(async () => {
  site = await openFaultSite('kafka');
});
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
});

test('a process stops in time although the broker hangs, with a message on its way', async () => {
  await site.start('all');
  const user = await signInOnWire(site.url('all'), 'mina');
  const { room } = await commanded(user, 'createRoom', { title: '마당' }, 'PROJECTED');
  sendSignal(site.kafka!.pid, 'SIGSTOP');
  try {
    const sent = user
      .ask('mutation ($roomId: ID!) { sendMessage(input: { roomId: $roomId, body: "x" }) { receipt { status } } }', {
        roomId: room!.id,
      })
      .catch(String);
    await until(() => site.log('all').some(({ msg }) => /Kafka/.test(msg)), 'the broker is missed', 60_000);
    // Ended by force it is 1.
    expect(await site.stop('all')).toBe(0);
    await sent;
  } finally {
    sendSignal(site.kafka!.pid, 'SIGCONT');
  }
}, 120_000);
