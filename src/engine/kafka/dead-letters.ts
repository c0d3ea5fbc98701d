import type { DeadLetter } from '../store/event-store.js';
import type { KafkaConnection } from './connection.js';
import { DAY_MS } from './topic-settings.js';
import { openProducer } from './producer.js';

export interface DeadLetterTopic extends AsyncDisposable {
  /**
   * Publishes a copy for consumers of the topic; the dead-letter store itself is in the database.
   * @throws {LogError} LOG_UNAVAILABLE
   */
  publishDead(letter: DeadLetter): Promise<void>;
  stop(): Promise<void>;
}

/** @throws {LogError} LOG_MISMATCH, LOG_UNAVAILABLE */
export async function openDeadLetterTopic({ kafka }: { readonly kafka: KafkaConnection }): Promise<DeadLetterTopic> {
  const topic = await kafka.ensureTopic('dead', { isQueue: false, retentionMs: 30 * DAY_MS });
  const producer = await openProducer(kafka, topic);
  return {
    async publishDead(letter) {
      const headers = {
        type: 'DeadLetter',
        schema: '1',
        commandId: '',
        position: String(letter.place),
        source: letter.source,
      };
      await producer.send({
        partition: letter.partition,
        messages: [{ key: letter.key, value: JSON.stringify(letter), headers }],
      });
    },
    stop: () => producer.stop(),
    [Symbol.asyncDispose]: () => producer.stop(),
  };
}
