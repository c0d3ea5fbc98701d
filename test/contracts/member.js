// Runs the built program, as a process of a deployment would: node member.js '{"engine":"postgres",…}'
import pino from 'pino';

const options = JSON.parse(process.argv[2]);
const log = pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' });
const say = (message) => process.send?.(message, () => undefined);

async function openLog() {
  const { queue, partitions } = options;
  if (options.engine === 'kafka') {
    const { openKafka } = await import('../../dist/engine/kafka/connection.js');
    const { openKafkaCommandLog } = await import('../../dist/engine/kafka/command-log.js');
    const kafka = await openKafka({
      brokers: options.brokers,
      prefix: options.prefix,
      partitions,
      sessionTimeoutMs: options.sessionTimeoutMs,
      log,
    });
    return openKafkaCommandLog({ kafka, queue });
  }
  const { openPool } = await import('../../dist/engine/postgres/pool.js');
  const { openWakeUp } = await import('../../dist/engine/postgres/wake-up.js');
  const { openPostgresCommandLog } = await import('../../dist/engine/postgres/command-log.js');
  const wakeUp = await openWakeUp({ key: Buffer.alloc(32), url: options.url, name: 'member', log });
  const pool = openPool({ url: options.url, max: 4, name: 'member' });
  return openPostgresCommandLog({ pool, wakeUp, queue, partitions, log, timing: options.timing });
}

const consumer = await (
  await openLog()
).consume({
  group: options.group,
  maxBatch: 100,
  handler: {
    assigned: async () => ({ next: 0, mark: null }),
    handle({ partition, records }, signal) {
      say({ said: 'handling', partition, offsets: records.map((record) => record.offset) });
      return new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => {
          say({ said: 'aborted', partition });
          reject(new Error('aborted'));
        });
      });
    },
    revoked: async () => undefined,
  },
});
setInterval(() => say({ said: 'owned', owned: consumer.owned() }), 20);
