import type { TopicShape } from './topic-settings.js';
import { COMPARED_SETTINGS, DAY_MS, judgeSettings, settingsFor } from './topic-settings.js';

const queue: TopicShape = { isQueue: true, retentionMs: 7 * DAY_MS, replicas: 3 };
const batch: TopicShape = { ...queue, isQueue: false };

const judge = (topic: TopicShape, ...changes: readonly (readonly [string, string])[]) => {
  const { dangers, oddities } = judgeSettings(
    topic,
    new Map([...settingsFor(topic).map(({ name, value }) => [name, value] as const), ...changes]),
  );
  return { dangers: dangers.map(({ setting }) => setting), oddities: oddities.map(({ setting }) => setting) };
};
const fine = { dangers: [], oddities: [] };

test('a topic that this program makes has every setting that it compares', () => {
  expect(settingsFor(queue).map(({ name }) => name)).toEqual(COMPARED_SETTINGS);
  for (const shape of [queue, batch])
    for (const replicas of [1, 2, 3]) expect(judge({ ...shape, replicas })).toEqual(fine);
  expect(Object.fromEntries(settingsFor(queue).map(({ name, value }) => [name, value]))).toMatchObject({
    'compression.type': 'producer',
    'cleanup.policy': 'delete',
    'retention.bytes': '-1',
    'message.timestamp.type': 'LogAppendTime',
    'min.insync.replicas': '2',
  });
});

test.each([
  ['cleanup.policy', 'compact'],
  ['cleanup.policy', 'compact,delete'],
  ['retention.ms', String(DAY_MS - 1)],
  ['retention.ms', '0'],
  ['retention.bytes', '1073741824'],
  ['max.message.bytes', '1000000'],
  ['message.timestamp.type', 'CreateTime'],
  ['min.insync.replicas', '1'],
  ['min.insync.replicas', '4'],
  ['unclean.leader.election.enable', 'true'],
])('a queue of commands with %s=%s is refused', (setting, value) => {
  expect(judge(queue, [setting, value])).toEqual({ dangers: [setting], oddities: [] });
});

test.each([
  ['cleanup.policy', 'compact'],
  ['retention.ms', '1000'],
  ['retention.bytes', '1073741824'],
  ['message.timestamp.type', 'CreateTime'],
  ['unclean.leader.election.enable', 'true'],
])('the same in a topic of copies is a word only: %s=%s', (setting, value) => {
  expect(judge(batch, [setting, value])).toEqual({ dangers: [], oddities: [setting] });
});

test.each([
  ['compression.type', 'lz4'],
  ['retention.ms', String(2 * DAY_MS)],
  ['retention.ms', '-1'],
  ['segment.ms', String(7 * DAY_MS)],
  ['min.insync.replicas', '3'],
  ['cleanup.policy', ''],
])('an unusual setting gives a warning: %s=%s', (setting, value) => {
  expect(judge(queue, [setting, value])).toEqual({ dangers: [], oddities: [setting] });
});

test('with a single replica there is none that could be unclean, or in step', () => {
  expect(
    judge({ ...queue, replicas: 1 }, ['unclean.leader.election.enable', 'true'], ['min.insync.replicas', '1']),
  ).toEqual(fine);
});

test('a setting that the broker leaves out is not judged', () => {
  expect(judgeSettings(queue, new Map())).toEqual(fine);
});
