import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import type { ISocketFactory } from 'kafkajs';
import { openKafkaCommandLog } from '../../src/engine/kafka/command-log.js';
import { openKafka } from '../../src/engine/kafka/connection.js';
import { until } from '../support/conditions.js';
import { keyIn } from '../../src/engine/testing/contracts/command-tail.js';
import { command, createReleases, Ledger, PARTITIONS, quietLog } from '../../src/engine/testing/contracts/log-site.js';

const MARK = Buffer.from(randomBytes(12).toString('hex'));

/** Flips a bit of each piece that contains the mark, the first `times` times. */
function damagingSockets(times: number): { readonly factory: ISocketFactory; readonly damaged: () => number } {
  let damaged = 0;
  return {
    damaged: () => damaged,
    factory({ host, port, onConnect }) {
      const socket = connect({ host, port }, onConnect);
      const emit = socket.emit.bind(socket) as (event: string, ...given: unknown[]) => boolean;
      socket.emit = (event: string, ...given: unknown[]) => {
        const [bytes] = given;
        const at = event === 'data' && Buffer.isBuffer(bytes) ? bytes.indexOf(MARK) : -1;
        if (at >= 0 && damaged < times) {
          damaged++;
          (bytes as Buffer)[at]! ^= 1;
        }
        return emit(event, ...given);
      };
      return socket;
    },
  };
}

test('a batch that came with a wrong checksum is fetched again, without dead letters', async () => {
  const open = createReleases();
  try {
    const brokers = process.env.TEST_KAFKA_BROKERS!.split(',');
    const sockets = damagingSockets(2);
    const kafka = await openKafka({
      brokers,
      prefix: `damaged-${randomBytes(6).toString('hex')}`,
      partitions: PARTITIONS,
      sessionTimeoutMs: 6_000,
      log: quietLog,
      socketFactory: sockets.factory,
    });
    open.defer(() => kafka.stop());
    const log = await openKafkaCommandLog({ kafka, queue: 'commands', drainMs: 500, forceMs: 2_000 });
    open.defer(() => log.stop());
    const [before, marked, after] = ['before', String(MARK), 'after'].map((text) => command(keyIn[1]!, text));
    for (const sent of [before!, marked!, after!]) await log.append(sent);
    const ledger = new Ledger();
    await log.consume({ group: 'g', maxBatch: 10, handler: ledger.handler() });
    await until(() => ledger.count === 3, 'all three');
    expect(sockets.damaged()).toBe(2);
    expect(ledger.ids).toEqual([before!, marked!, after!].map(({ commandId }) => commandId));
  } finally {
    await open.releaseAll();
  }
});
