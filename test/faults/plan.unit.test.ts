import type { Targets } from './plan.js';
import { createPlan, describeFault, FAULT_KINDS, formatFault, formatHead, parseSchedule } from './plan.js';

const targets: Targets = {
  processes: ['api-1', 'api-2', 'decider-1'],
  servers: ['postgres', 'redis', 'kafka-1'],
  links: ['api-1 to postgres', 'api-1 to redis'],
  disks: ['postgres'],
  standby: true,
  topics: true,
};
const options = { seed: 42, ms: 600_000, targets, sessionMs: 4_000 };

test('the same seed gives the same faults at the same times, another seed others', () => {
  expect(createPlan(options)).toEqual(createPlan(options));
  expect(createPlan(options)).not.toEqual(createPlan({ ...options, seed: 43 }));
});

test('every kind, every process and server, and every link comes up', () => {
  // The topic contains the commands whose outcomes a standby may have lost.
  const faults = [true, false].flatMap((standby) =>
    createPlan({ ...options, targets: { ...targets, standby }, rollEveryMs: 60_000 }).map(({ fault }) => fault),
  );
  expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(FAULT_KINDS));
  const killed = faults.flatMap((fault) => (fault.kind === 'kill' ? [fault.victim] : []));
  expect(new Set(killed)).toEqual(new Set([...targets.processes, ...targets.servers]));
  const cut = faults.flatMap((fault) => (fault.kind === 'cut' ? [fault.link] : []));
  expect(new Set(cut)).toEqual(new Set(targets.links));
});

test('a rolling restart comes at its own times, beside the same other faults', () => {
  const rolling = createPlan({ ...options, rollEveryMs: 60_000 });
  const [rolls, others] = [true, false].map((wanted) =>
    rolling.filter(({ fault }) => (fault.kind === 'roll') === wanted),
  );
  expect(others).toEqual(createPlan(options));
  expect(rolls).toHaveLength(10);
  expect(rolls![1]!.at - rolls![0]!.at).toBe(60_000);
});

test('a process is paused for longer than its session lasts', () => {
  const pauses = createPlan(options).flatMap(({ fault }) =>
    fault.kind === 'pause' && targets.processes.includes(fault.victim) ? [fault.ms] : [],
  );
  expect(Math.min(...pauses)).toBeGreaterThan(4_000);
});

test('nothing is truncated without Kafka', () => {
  const faults = createPlan({ ...options, targets: { ...targets, standby: false, servers: ['postgres', 'redis'] } });
  expect(faults.filter(({ fault }) => fault.kind === 'truncate')).toEqual([]);
});

test('no disk is filled where there is none', () => {
  const faults = createPlan({ ...options, targets: { ...targets, disks: [] } });
  expect(faults.length).toBeGreaterThan(50);
  expect(faults.filter(({ fault }) => fault.kind === 'fill')).toEqual([]);
});

test('no standby is promoted where there is none', () => {
  expect(createPlan(options).filter(({ fault }) => fault.kind === 'promote').length).toBeGreaterThan(5);
  expect(
    createPlan({ ...options, targets: { ...targets, standby: false } }).filter(({ fault }) => fault.kind === 'promote'),
  ).toEqual([]);
});

test('no foreigner writes to topics where there are none', () => {
  const faults = createPlan({ ...options, targets: { ...targets, topics: false } });
  expect(faults.length).toBeGreaterThan(50);
  expect(faults.filter(({ fault }) => fault.kind === 'foreign')).toEqual([]);
});

test('a written schedule is read back unchanged', () => {
  const plan = createPlan(options);
  const head = { engine: 'kafka', seed: 42, minutes: 10, standby: true } as const;
  expect(parseSchedule(formatHead(head) + plan.map(formatFault).join(''))).toEqual({ head, plan });
  expect(new Set(plan.map(({ fault }) => describeFault(fault))).size).toBeGreaterThan(50);
});

test('a file that is no schedule is refused', () => {
  expect(() => parseSchedule('{"engine":"rabbit","seed":1,"minutes":1}\n')).toThrow();
  expect(() =>
    parseSchedule(
      `${formatHead({ engine: 'kafka', seed: 1, minutes: 1, standby: false })}{"at":1,"fault":{"kind":"sing"}}\n`,
    ),
  ).toThrow();
});
