import { readFile, writeFile } from 'node:fs/promises';
import type { Deployment, ProcessLoad, Routing } from './scaling/interest.js';
import { interestOf, roomSizes } from './scaling/interest.js';

const MILLION: Omit<Deployment, 'partitions' | 'routing'> = {
  processes: 100,
  rooms: 20_000,
  subscribers: 1_000_000,
  messagesPerSecond: 10_000,
  mostOfMean: 1.25,
};
const SMALL: Deployment = {
  processes: 4,
  partitions: 8,
  rooms: 40,
  subscribers: 400,
  messagesPerSecond: 80,
  mostOfMean: 1.5,
  routing: 'none',
};

const sum = (loads: readonly ProcessLoad[], of: keyof ProcessLoad): number =>
  loads.reduce((total, load) => total + load[of], 0);
const most = (loads: readonly ProcessLoad[], of: keyof ProcessLoad): number =>
  Math.max(...loads.map((load) => load[of]));

test.each(['none', 'room', 'partition'] as const)('every subscriber has a process: routing by %s', (routing) => {
  const loads = interestOf({ ...SMALL, routing });
  const subscribers = roomSizes(SMALL).reduce((total, size) => total + size, 0);
  expect(sum(loads, 'connections')).toBe(subscribers);
  // 2 messages a second in each room, to each of its subscribers.
  expect(sum(loads, 'pushed')).toBeCloseTo(2 * subscribers);
  expect(most(loads, 'connections')).toBeLessThanOrEqual(Math.ceil((1.5 * subscribers) / 4));
  for (const load of loads) expect(load.decoded).toBeGreaterThanOrEqual(load.executed);
});

test('a process that follows the whole log decodes every message', () => {
  for (const { partitions, decoded } of interestOf(SMALL)) expect([partitions, decoded]).toEqual([8, 80]);
});

test('one process has all rooms, with each routing', () => {
  for (const routing of ['none', 'room', 'partition'] as const) {
    const [load] = interestOf({ ...SMALL, processes: 1, routing });
    expect([load!.partitions, load!.executed]).toEqual([8, 80]);
  }
});

test('hashing by the partition, a process follows few of many partitions', () => {
  const loads = interestOf({ ...MILLION, partitions: 256, routing: 'partition' });
  expect(most(loads, 'partitions')).toBeLessThan(16);
  expect(most(loads, 'decoded')).toBeLessThan(1_000);
});

const ROUTINGS: Readonly<Record<Routing, string>> = {
  none: 'in turn',
  room: 'hash of the room',
  partition: 'hash of the partition',
};

/** The table of docs/scaling.md. */
function table(): string {
  const lines = [64, 256].flatMap((partitions) =>
    (['none', 'room', 'partition'] as const).map((routing) => {
      const loads = interestOf({ ...MILLION, partitions, routing });
      const mean = (of: keyof ProcessLoad): number => Math.round(sum(loads, of) / loads.length);
      const both = (of: keyof ProcessLoad): string => `${mean(of)} (${Math.round(most(loads, of))})`;
      return [partitions, ROUTINGS[routing], both('partitions'), both('decoded'), both('executed'), both('pushed')];
    }),
  );
  const head = [
    'partitions',
    'the proxy routes',
    'followed',
    'decoded a second',
    'executed a second',
    'pushed a second',
  ];
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

test('the table of docs/scaling.md is that of the simulation', async () => {
  const path = 'docs/scaling.md';
  const text = await readFile(path, 'utf8');
  const [from, to] = ['<!-- interest -->\n\n', '\n\n<!-- /interest -->'];
  const [start, end] = [text.indexOf(from) + from.length, text.indexOf(to)];
  if (process.env.UPDATE_DOCS) await writeFile(path, text.slice(0, start) + table() + text.slice(end));
  else expect(text.slice(start, end)).toBe(table());
});
