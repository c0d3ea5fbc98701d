import { performance } from 'node:perf_hooks';
import { Kafka, logLevel } from 'kafkajs';

const TOPIC = 'bench.bare';

export interface BareKafka extends AsyncDisposable {
  /** From produce to the consumer's handler, one record at a time. Milliseconds each. */
  roundTrips(count: number): Promise<readonly number[]>;
}

/** The lower bound of every hop through Kafka: kafkajs with acks from all replicas and a consumer that waits. */
export async function openBareKafka(broker: string): Promise<BareKafka> {
  const kafka = new Kafka({ clientId: 'bench', brokers: [broker], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 1 }] });
  await admin.disconnect();
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  const consumer = kafka.consumer({ groupId: 'bench.bare', maxWaitTimeInMs: 250 });
  await Promise.all([producer.connect(), consumer.connect()]);
  await consumer.subscribe({ topics: [TOPIC], fromBeginning: true });
  let arrived: (value: string) => void = () => undefined;
  await consumer.run({
    autoCommit: false,
    eachBatch: ({ batch }) => {
      for (const { value } of batch.messages) arrived(value?.toString() ?? '');
      return Promise.resolve();
    },
  });

  const roundTrip = async (value: string): Promise<number> => {
    const back = new Promise<void>((resolve) => {
      arrived = (seen) => {
        if (seen === value) resolve();
      };
    });
    const begun = performance.now();
    await producer.send({ topic: TOPIC, acks: -1, messages: [{ value }] });
    await back;
    return performance.now() - begun;
  };

  let sent = 0;
  // The first round trip waits for the consumer to join its group.
  await roundTrip('ready');
  return {
    async roundTrips(count) {
      const taken: number[] = [];
      for (let index = 0; index < count; index++) taken.push(await roundTrip(`hello ${sent++}`.padEnd(120, '.')));
      return taken;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([producer.disconnect(), consumer.disconnect()]);
    },
  };
}
