import type { Consumer } from 'kafkajs';

/**
 * kafkajs fetches again after a failed fetch without telling. In between the topic may have been deleted, made anew and
 * filled: the broker answers the next fetch as if nothing had happened. A fetch has failed when the next one to the
 * same broker begins before kafkajs has told of its answer.
 * @param failed called before the next fetch takes its offsets: a seek in it counts for that fetch
 */
export function onFailedFetch(consumer: Consumer, failed: () => void): void {
  const { FETCH_START, FETCH } = consumer.events;
  /** The brokers that have not answered. */
  const underWay = new Set<number>();
  consumer.on(FETCH_START, ({ payload: { nodeId } }) => {
    if (underWay.has(nodeId)) failed();
    underWay.add(nodeId);
  });
  consumer.on(FETCH, ({ payload: { nodeId } }) => void underWay.delete(nodeId));
}
