import { readFile, readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseScenario, readScenario } from './scenario-file.js';

const SHIPPED = fileURLToPath(new URL('../../ops/scenarios', import.meta.url));

const BASE = { about: 'a test', users: 10, arriveSeconds: 1, seconds: 10, rooms: { members: 5 } };
const parse = (
  value: object,
  ...rest: Parameters<typeof parseScenario> extends [string, string, ...infer R] ? R : []
) => parseScenario(JSON.stringify(value, null, 1), 's.json', ...rest);

test('three scenarios are shipped, and each is valid', async () => {
  const names = (await readdir(SHIPPED)).map((file) => file.replace('.json', ''));
  expect(names.toSorted()).toEqual(['campaign', 'community', 'storm']);
  for (const name of names) {
    const scenario = await readScenario(name, SHIPPED);
    expect([name, Object.keys(scenario.thresholds).length > 0]).toEqual([name, true]);
    const quick = await readScenario(name, SHIPPED, { quick: true });
    expect(quick).toMatchObject({ users: 40, seconds: 5, arriveSeconds: 1 });
  }
});

test('defaults are filled in', () => {
  expect(parse({ ...BASE, messages: { perSecond: 2 }, reconnects: { everySeconds: 5, awaySeconds: 1 } })).toEqual({
    ...BASE,
    seed: 1,
    settleSeconds: 60,
    messages: { perSecond: 2, characters: 80 },
    reconnects: { everySeconds: 5, awaySeconds: 1, share: 1, together: false },
    thresholds: {},
  });
});

test.each([
  ['an unknown key', { ...BASE, user: 3 }, 's.json:9: there is no user in a scenario'],
  [
    'an unknown key inside',
    { ...BASE, rooms: { members: 5, size: 3 } },
    's.json:8: rooms: there is no size in a scenario',
  ],
  [
    'an unknown percentile',
    { ...BASE, thresholds: { send: { p95: 1 } } },
    's.json:11: thresholds.send: there is no p95 in a scenario',
  ],
  ['no rate', { ...BASE, messages: {} }, 's.json:9: messages: needs exactly one of perSecond, perRoom, perMember'],
  ['two rates', { ...BASE, messages: { perSecond: 1, perRoom: 1 } }, 'messages: needs exactly one of'],
  ['no rooms', { ...BASE, rooms: undefined }, 'needs rooms, a hotRoom, or both'],
  ['a flood without its room', { ...BASE, flood: { atSeconds: 0, seconds: 1, perSecond: 1 } }, 'add a hotRoom'],
  ['a larger hot room', { ...BASE, hotRoom: { members: 11 } }, 's.json:10: hotRoom.members: there are only 10 users'],
  ['a late drop', { ...BASE, drop: { atSeconds: 9, overSeconds: 2, users: 1, stock: 1 } }, 'drop: must end within'],
  [
    'users who are away for good',
    { ...BASE, reconnects: { everySeconds: 2, awaySeconds: 2 } },
    'less than everySeconds',
  ],
  ['a number of a wrong type', { ...BASE, users: '10' }, 's.json:3: users: '],
  ['too many users', { ...BASE, users: 20_001 }, 's.json:3: users: '],
  ['too many messages', { ...BASE, seconds: 3_600, messages: { perSecond: 20_000 } }, 'a run has at most 1000000'],
  [
    'too many fetches',
    { ...BASE, seconds: 3_600, hotRoom: { members: 2 }, flood: { atSeconds: 0, seconds: 3_600, perSecond: 20_000 } },
    'at most 1000000 fetches',
  ],
])('%s is refused, with its place', (_, value, message) => {
  expect(() => parse(value)).toThrow(message);
});

test('all mistakes are named together', () => {
  expect(() => parse({ ...BASE, users: 0, seconds: 0 })).toThrow(/users: .*\n.*seconds: /);
});

test.each([
  ['a missing comma', '{\n  "about": "x"\n  "users": 1\n}', 's.json:3: '],
  ['a text that breaks off', '{\n  "about": "x",\n', 's.json:3: '],
  ['no JSON', 'users: 3', 's.json:1: '],
])('%s is refused with its line', (_, text, message) => {
  expect(() => parseScenario(text, 's.json')).toThrow(message);
});

test('a scenario that is not there: the error names those that are', async () => {
  await expect(readScenario('comunity', SHIPPED)).rejects.toThrow(
    'there is no scenario comunity: give a path that ends in .json, or one of campaign, community, storm',
  );
  await expect(readScenario('./x.json', SHIPPED)).rejects.toThrow('./x.json cannot be read (ENOENT)');
});

test('another number of users changes what depends on it', () => {
  const scenario = {
    ...BASE,
    users: 100,
    hotRoom: { members: 50, messagesPerSecond: 2 },
    messages: { perSecond: 10 },
    drop: { atSeconds: 4, overSeconds: 1, users: 80, stock: 20 },
    flood: { atSeconds: 2, seconds: 4, perSecond: 100 },
  };
  expect(parse(scenario, { users: 10, seconds: 20 })).toMatchObject({
    users: 10,
    seconds: 20,
    hotRoom: { members: 5, messagesPerSecond: 2 },
    messages: { perSecond: 1 },
    drop: { atSeconds: 8, overSeconds: 1, users: 8, stock: 2 },
    flood: { atSeconds: 4, seconds: 8, perSecond: 10 },
  });
  expect(parse(scenario, { seed: 7 })).toMatchObject({ users: 100, seed: 7 });
});

test('a size that the options make impossible is refused as such', async () => {
  const storm = await readFile(`${SHIPPED}/storm.json`, 'utf8');
  expect(() => parseScenario(storm, 's.json', { users: 30_000 })).toThrow('s.json, with the options: users: ');
});
