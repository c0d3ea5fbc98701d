/** The use of a topic, as far as its settings depend on it. */
export interface TopicUse {
  /** Whether it holds records that exist nowhere else: undecided commands. */
  readonly isQueue: boolean;
  readonly retentionMs: number;
}

/** A topic as it is, or as it should be. */
export interface TopicShape extends TopicUse {
  readonly replicas: number;
}

export interface Judgement {
  /** Settings that endanger a promise. */
  readonly dangers: readonly Finding[];
  /** Settings that are merely unusual. */
  readonly oddities: readonly Finding[];
}

export interface Finding {
  readonly setting: string;
  readonly value: string;
  readonly why: string;
  /** The value in topics that this program makes. */
  readonly usual: string;
}

interface Rule {
  readonly usual: (topic: TopicShape) => string;
  /** Null for an acceptable value. */
  readonly judge: (value: string, topic: TopicShape) => { readonly why: string; readonly isDanger: boolean } | null;
}

export const DAY_MS = 24 * 60 * 60 * 1_000;
/** Maximum size of a record batch in the topic; our batches stay well below it. */
const MAX_MESSAGE_BYTES = 4 * 2 ** 20;
/** The maximum of our own batches. */
const LEAST_MESSAGE_BYTES = 2 ** 20;

const danger = (why: string) => ({ why, isDanger: true });
const odd = (why: string) => ({ why, isDanger: false });

/**
 * The settings of a topic that a promise depends on: set when the topic is made, whatever the defaults of the cluster,
 * and compared at each start.
 */
const RULES: Readonly<Record<string, Rule>> = {
  'cleanup.policy': {
    usual: () => 'delete',
    judge(value, { isQueue }) {
      if (value.includes('compact'))
        return isQueue
          ? danger('commands are deleted before they are decided, if a later one has the same key')
          : odd('records of the same key are deleted');
      return value === 'delete' ? null : odd('the texts of deleted accounts are never deleted');
    },
  },
  'retention.ms': {
    usual: ({ retentionMs }) => String(retentionMs),
    judge(value, { isQueue, retentionMs }) {
      const ms = Number(value);
      if (ms < 0 || ms > retentionMs)
        return odd('the texts of deleted accounts stay for longer than docs/operations.md says');
      if (ms >= retentionMs) return null;
      return isQueue && ms < DAY_MS
        ? danger('commands are deleted that are not decided within a day')
        : odd('records are deleted early');
    },
  },
  'retention.bytes': {
    usual: () => '-1',
    judge: (value, { isQueue }) =>
      value === '-1'
        ? null
        : isQueue
          ? danger('commands are deleted by size, decided or not')
          : odd('records are deleted early'),
  },
  'segment.ms': {
    usual: () => String(DAY_MS),
    // A segment is deleted as a whole, once its newest record may be.
    judge: (value) =>
      Number(value) > DAY_MS
        ? odd('the texts of deleted accounts stay for that much longer than retention.ms says')
        : null,
  },
  'max.message.bytes': {
    usual: () => String(MAX_MESSAGE_BYTES),
    judge: (value) => (Number(value) < LEAST_MESSAGE_BYTES ? danger('appends under load are refused') : null),
  },
  'message.timestamp.type': {
    usual: () => 'LogAppendTime',
    judge: (value, { isQueue }) =>
      value === 'LogAppendTime'
        ? null
        : isQueue
          ? danger('the sender’s clock gives a command’s time, and when it is deleted')
          : odd('senders control when records are deleted'),
  },
  'compression.type': {
    usual: () => 'producer',
    judge: (value) => (value === 'producer' ? null : odd('brokers compress records again')),
  },
  'min.insync.replicas': {
    // With three brokers or more, two have an acknowledged record.
    usual: ({ replicas }) => (replicas >= 3 ? '2' : '1'),
    judge(value, { isQueue, replicas }) {
      const least = Number(value);
      if (least > replicas) return danger(`appends are impossible, since there are ${replicas} replicas`);
      if (least === replicas && replicas > 1) return odd('appends are impossible while a broker is away');
      return isQueue && replicas >= 3 && least < 2
        ? danger('an acknowledged command is lost with a single broker')
        : null;
    },
  },
  'unclean.leader.election.enable': {
    usual: () => 'false',
    judge: (value, { isQueue, replicas }) =>
      value !== 'true' || replicas < 2
        ? null
        : isQueue
          ? danger('a replica that lacks acknowledged commands may become the leader')
          : odd('records may be lost with a broker'),
  },
};

export const COMPARED_SETTINGS: readonly string[] = Object.keys(RULES);

export const settingsFor = (topic: TopicShape): readonly { readonly name: string; readonly value: string }[] =>
  Object.entries(RULES).map(([name, { usual }]) => ({ name, value: usual(topic) }));

/** @param found the effective values, from any source; a broker leaves out settings that it does not know */
export function judgeSettings(topic: TopicShape, found: ReadonlyMap<string, string>): Judgement {
  const findings = Object.entries(RULES).flatMap(([setting, { usual, judge }]) => {
    const value = found.get(setting);
    const verdict = value === undefined ? null : judge(value, topic);
    return verdict ? [{ setting, value: value!, usual: usual(topic), ...verdict }] : [];
  });
  return {
    dangers: findings.filter(({ isDanger }) => isDanger),
    oddities: findings.filter(({ isDanger }) => !isDanger),
  };
}
