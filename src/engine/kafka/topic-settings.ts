/** What a topic is for, as far as its settings have to know. */
export interface TopicUse {
  /** Whether it holds what stands nowhere else: commands that are not decided yet. */
  readonly isQueue: boolean;
  readonly retentionMs: number;
}

/** A topic as it is, or is to be. */
export interface TopicShape extends TopicUse {
  readonly replicas: number;
}

export interface Judgement {
  /** Settings that endanger a promise. */
  readonly dangers: readonly Finding[];
  /** Those that are merely unusual. */
  readonly oddities: readonly Finding[];
}

export interface Finding {
  readonly setting: string;
  readonly value: string;
  readonly why: string;
  /** What this program sets when it makes the topic. */
  readonly usual: string;
}

interface Rule {
  readonly usual: (topic: TopicShape) => string;
  /** Null where the value does as well. */
  readonly judge: (value: string, topic: TopicShape) => { readonly why: string; readonly isDanger: boolean } | null;
}

export const DAY_MS = 24 * 60 * 60 * 1_000;
/** Largest record batch that the broker is asked to take; the batchers stay well below it. */
const MAX_MESSAGE_BYTES = 4 * 2 ** 20;
/** What a batcher may send as one batch. */
const LEAST_MESSAGE_BYTES = 2 ** 20;

const danger = (why: string) => ({ why, isDanger: true });
const odd = (why: string) => ({ why, isDanger: false });

/**
 * Every setting of a topic that a promise depends on: set when the topic is made, whatever the cluster's defaults, and
 * compared at each start.
 */
const RULES: Readonly<Record<string, Rule>> = {
  'cleanup.policy': {
    usual: () => 'delete',
    judge(value, { isQueue }) {
      if (value.includes('compact'))
        return isQueue
          ? danger('commands are deleted before they are decided, where a later one has the same key')
          : odd('records of the same key are deleted');
      return value === 'delete' ? null : odd('what deleted accounts wrote is never deleted');
    },
  },
  'retention.ms': {
    usual: ({ retentionMs }) => String(retentionMs),
    judge(value, { isQueue, retentionMs }) {
      const ms = Number(value);
      if (ms < 0 || ms > retentionMs)
        return odd('what deleted accounts wrote stays for longer than docs/operations.md says');
      if (ms >= retentionMs) return null;
      return isQueue && ms < DAY_MS
        ? danger('commands are deleted that deciders have not decided within a day')
        : odd('records are deleted early');
    },
  },
  'retention.bytes': {
    usual: () => '-1',
    judge: (value, { isQueue }) =>
      value === '-1'
        ? null
        : isQueue
          ? danger('commands are deleted by size, be they decided or not')
          : odd('records are deleted early'),
  },
  'segment.ms': {
    usual: () => String(DAY_MS),
    // A segment goes as a whole, when its youngest record may.
    judge: (value) =>
      Number(value) > DAY_MS
        ? odd('what deleted accounts wrote stays for so much longer than retention.ms says')
        : null,
  },
  'max.message.bytes': {
    usual: () => String(MAX_MESSAGE_BYTES),
    judge: (value) => (Number(value) < LEAST_MESSAGE_BYTES ? danger('what is appended under load is refused') : null),
  },
  'message.timestamp.type': {
    usual: () => 'LogAppendTime',
    judge: (value, { isQueue }) =>
      value === 'LogAppendTime'
        ? null
        : isQueue
          ? danger('a command’s time, and when it is deleted, is told by its sender’s clock')
          : odd('senders tell when records are deleted'),
  },
  'compression.type': {
    usual: () => 'producer',
    judge: (value) => (value === 'producer' ? null : odd('brokers compress again what they take')),
  },
  'min.insync.replicas': {
    // An acknowledged record is on two brokers where there are three.
    usual: ({ replicas }) => (replicas >= 3 ? '2' : '1'),
    judge(value, { isQueue, replicas }) {
      const least = Number(value);
      if (least > replicas) return danger(`nothing can be appended, for there are ${replicas} replicas`);
      if (least === replicas && replicas > 1) return odd('nothing can be appended while a broker is away');
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

/** @param found the values in force, wherever they come from; a broker that does not know a setting does not tell it */
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
