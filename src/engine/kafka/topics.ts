import type { Admin } from 'kafkajs';
import kafkajs from 'kafkajs';
import type { EngineLogger } from '../runtime/logger.js';
import { LogError } from '../log/command-log.js';
import { RETRIES, pause, pauseMs } from '../runtime/retry.js';
import { unavailable } from './unavailable.js';
import type { Finding, TopicUse } from './topic-settings.js';
import { COMPARED_SETTINGS, judgeSettings, settingsFor } from './topic-settings.js';

export interface TopicsOptions {
  readonly admin: Pick<
    Admin,
    'listTopics' | 'fetchTopicMetadata' | 'createTopics' | 'describeCluster' | 'describeConfigs' | 'alterConfigs'
  >;
  readonly prefix: string;
  readonly partitions: number;
  /**
   * True for this program's own broker: a topic of an earlier version gets the required settings. On any other broker
   * such a topic is refused, with the settings to change.
   */
  readonly mendsTopics: boolean;
  readonly log: EngineLogger;
}

interface Found {
  readonly partitions: number;
  readonly replicas: number;
}

const MOST_REPLICAS = 3;

/** The topics of a deployment: created if missing, and compared with the required settings. */
export function createTopics({ admin, prefix, partitions, mendsTopics, log }: TopicsOptions) {
  async function ensureTopic(name: string, use: TopicUse): Promise<string> {
    const topic = `${prefix}.${name}`;
    try {
      const found = await findOrMake(topic, use);
      if (found.partitions !== partitions) {
        throw new LogError(
          'LOG_MISMATCH',
          `topic ${topic} has ${found.partitions} partitions and this deployment ${partitions}: ` +
            `set MADANG_PARTITIONS=${found.partitions} for a new deployment, ` +
            'or use another cluster or topic prefix. Partitions must not be added: keys would move.',
        );
      }
      await compare(topic, use, found.replicas);
      return topic;
    } catch (cause) {
      throw unavailable(
        `could not read topic ${topic} from Kafka: see the cause, and whether the brokers answer`,
        cause,
      );
    }
  }

  /**
   * When several processes start at once, one creates the topic, and the others may ask for it before the cluster knows
   * it.
   */
  async function findOrMake(topic: string, use: TopicUse): Promise<Found> {
    for (let attempt = 0; ; attempt++) {
      try {
        if (!(await admin.listTopics()).includes(topic)) await make(topic, use);
        const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
        const found = topics[0]!.partitions;
        return { partitions: found.length, replicas: Math.min(...found.map(({ replicas }) => replicas.length)) };
      } catch (error) {
        if (isDenied(error)) {
          throw new LogError(
            'LOG_REFUSED',
            `Kafka does not let this program use topic ${topic} (${typeOf(error)}): allow it Describe, ` +
              'Read, Write and DescribeConfigs on topics, and Read on groups, ' +
              `whose names begin with ${prefix}. — and Create, or make the topic with ${partitions} partitions`,
            { cause: error },
          );
        }
        if (attempt >= RETRIES.kafkaTopic.times) throw error;
        await pause(pauseMs(RETRIES.kafkaTopic, attempt));
      }
    }
  }

  async function make(topic: string, use: TopicUse): Promise<void> {
    const { brokers } = await admin.describeCluster();
    const replicas = Math.min(MOST_REPLICAS, brokers.length);
    const configEntries = [...settingsFor({ ...use, replicas })];
    // If another process is first, this one finds the topic.
    await admin.createTopics({
      waitForLeaders: true,
      topics: [{ topic, numPartitions: partitions, replicationFactor: replicas, configEntries }],
    });
    log.info({ topic, partitions, replicationFactor: replicas }, 'topic made');
  }

  /** @throws {LogError} LOG_MISMATCH */
  async function compare(topic: string, use: TopicUse, replicas: number): Promise<void> {
    const found = await settingsOf(topic);
    if (!found) return;
    const { dangers, oddities } = judgeSettings({ ...use, replicas }, found);
    for (const finding of oddities)
      log.warn(
        { topic, ...finding },
        `topic ${topic} has ${finding.setting}=${finding.value}: ${finding.why}. ${remedy(topic, finding)}`,
      );
    if (dangers.length === 0) return;
    if (mendsTopics) return mend(topic, found, dangers);
    throw new LogError(
      'LOG_MISMATCH',
      dangers
        .map(
          (finding) =>
            `topic ${topic} has ${finding.setting}=${finding.value}: ${finding.why}. ${remedy(topic, finding)}`,
        )
        .join('\n'),
    );
  }

  /** Altering replaces all settings of the topic: the good ones are sent along. */
  async function mend(topic: string, found: ReadonlyMap<string, string>, dangers: readonly Finding[]): Promise<void> {
    const wanted = new Map([...found, ...dangers.map(({ setting, usual }) => [setting, usual] as const)]);
    const configEntries = [...wanted].map(([name, value]) => ({ name, value }));
    const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries };
    await admin.alterConfigs({ validateOnly: false, resources: [resource] });
    log.info(
      { topic, settings: dangers.map(({ setting, value, usual }) => ({ setting, from: value, to: usual })) },
      'a topic of an earlier version has got the required settings',
    );
  }

  /** Null without the right to read them. A broker that does not know a new topic yet is asked again. */
  async function settingsOf(topic: string, attempt = 0): Promise<ReadonlyMap<string, string> | null> {
    try {
      const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: [...COMPARED_SETTINGS] };
      const { resources } = await admin.describeConfigs({ resources: [resource], includeSynonyms: false });
      return new Map(
        resources.flatMap(({ configEntries }) =>
          configEntries.map(({ configName, configValue }) => [configName, configValue] as const),
        ),
      );
    } catch (error) {
      if (!isDenied(error)) {
        if (attempt >= RETRIES.kafkaTopic.times) throw error;
        await pause(pauseMs(RETRIES.kafkaTopic, attempt));
        return settingsOf(topic, attempt + 1);
      }
      log.warn(
        { topic },
        `the settings of topic ${topic} cannot be compared with the required ones: ` +
          'allow this program DescribeConfigs on it',
      );
      return null;
    }
  }

  return { ensureTopic };
}

const remedy = (topic: string, { setting, usual }: Finding): string =>
  'Set it: kafka-configs.sh --bootstrap-server … --alter --entity-type topics --entity-name ' +
  `${topic} --add-config ${setting}=${usual}`;

/** kafkajs nests the broker's error about a created topic in another error. */
const typeOf = (error: unknown): string | undefined => {
  const { type, errors } = error as { readonly type?: string; readonly errors?: readonly unknown[] };
  return type ?? (errors?.[0] === undefined ? undefined : typeOf(errors[0]));
};

const isDenied = (error: unknown): boolean => typeOf(error)?.endsWith('_AUTHORIZATION_FAILED') ?? false;
