/** What the composition root opens of Kafka: a module of its own, since a process without Kafka does not load it. */
export { openKafkaCommandLog } from './command-log.js';
export { openKafka } from './connection.js';
export { openDeadLetterTopic } from './dead-letters.js';
export { openKafkaEventFeed } from './event-feed.js';
