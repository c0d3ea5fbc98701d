import { pino } from 'pino';
import type { RoomId } from '../events/ids.js';
import { roomId } from '../events/ids.js';
import { NOTHING_HOT } from './decide.js';
import type { HeatLeadership, HeatOverride, SharedHeat } from './heat-store.js';
import type { HeatMonitor } from './monitor.js';
import { startHeatMonitor } from './monitor.js';

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 20_000; !holds();) {
    if (Date.now() > end) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const NOW = 1_700_000_000_900;
const LAST = 1_699_999_999;
const decided = (second: number): SharedHeat => ({ token: 1, revision: 1, second, decision: NOTHING_HOT });
const thresholds = { enter: 200, exit: 100 };

let running: HeatMonitor | undefined;
afterEach(() => running?.stop());

/** A monitor over a store whose clock stands still, and which records its calls. @param token 0: another one leads */
function setup(shared: SharedHeat | null, token = 7) {
  const asked: (readonly number[])[] = [];
  const site = {
    asked,
    shared,
    token,
    looks: 0,
    published: [] as number[],
    restored: [] as (readonly HeatOverride[])[],
    hear: (_: SharedHeat): void => undefined,
  };
  const store: HeatLeadership = {
    onDecision(listener) {
      site.hear = listener;
      return () => undefined;
    },
    async lead() {
      site.looks++;
      return { nowMs: NOW, shared: site.shared, token: site.token, overrides: site.shared?.decision.overrides ?? [] };
    },
    async counted(seconds) {
      asked.push(seconds);
      return seconds.map(() => new Map<RoomId, number>());
    },
    async publish(_token, second, decision) {
      site.published.push(second);
      site.shared = { ...decided(second), decision };
      return true;
    },
    async restoreOverrides(_token, overrides) {
      site.restored.push(overrides);
    },
    resign: () => Promise.resolve(),
  };
  const monitor = startHeatMonitor({ store, thresholds, logger: pino({ level: 'silent' }) });
  running = monitor;
  return site;
}

test.each([
  ['the last second, where no second was decided', null, [LAST]],
  ['the seconds since the last decided one', decided(LAST - 3), [LAST - 2, LAST - 1, LAST]],
  ['five of them at most', decided(LAST - 60), [LAST - 4, LAST - 3, LAST - 2, LAST - 1, LAST]],
  ['the last second, where the clock of the store was set back', decided(LAST + 3_600), [LAST]],
])('a leader decides %s', async (_what, shared, seconds) => {
  const site = setup(shared);
  await until(() => site.published.length > 0);
  expect(site.asked).toEqual([seconds]);
  expect(site.published).toEqual([LAST]);
});

test('a second is decided once, also where the clock of the store is a little behind', async () => {
  const site = setup(decided(LAST + 2));
  await until(() => site.looks === 3);
  expect(site.asked).toEqual([]);
});

describe('where the store was emptied', () => {
  const override = (id: string): HeatOverride => ({ roomId: roomId(id), state: 'HOT', until: NOW + 60_000 });
  const decidedWith = (second: number, id: string): SharedHeat => ({
    ...decided(second),
    decision: { ...NOTHING_HOT, overrides: [override(id)] },
  });
  const looked = async (site: ReturnType<typeof setup>): Promise<void> => {
    const before = site.looks;
    await until(() => site.looks > before + 1);
  };

  test.each([
    ['its last decision', [decidedWith(LAST - 1, 'a'), decidedWith(LAST, 'b')], 'b'],
    ['the later of two in a second', [decidedWith(LAST, 'a'), decidedWith(LAST, 'b')], 'b'],
    ['the last decision, where an earlier one comes late', [decidedWith(LAST, 'a'), decidedWith(LAST - 1, 'b')], 'a'],
  ])('a standby that was told of it restores %s', async (_what, told, restored) => {
    const site = setup(null, 0);
    await looked(site);
    told.forEach((each) => site.hear(each));
    expect(site.restored).toEqual([]);
    site.token = 7;
    await until(() => site.restored.length > 0);
    expect(site.restored).toEqual([[override(restored)]]);
    expect(site.published[0]).toBe(LAST);
  });

  test('a leader restores its own decision, not one that an earlier leader published', async () => {
    const site = setup(decidedWith(LAST, 'own'));
    await looked(site);
    site.hear(decidedWith(LAST + 1, 'other'));
    site.shared = null;
    await until(() => site.restored.length > 0);
    expect(site.restored).toEqual([[override('own')]]);
  });
});

test.each([
  ['an outage is logged with its reason alone', true, [{ reason: 'Command timed out' }]],
  ['any other error is logged with its stack', false, [{ err: { stack: expect.stringContaining('at ') as unknown } }]],
])('%s', async (_what, isTransient, said) => {
  const lines: { level: number }[] = [];
  const logger = pino({}, { write: (line) => void lines.push(JSON.parse(line) as { level: number }) });
  const store = {
    lead: () => Promise.reject(new Error('Command timed out')),
    onDecision: () => () => undefined,
  } as Partial<HeatLeadership> as HeatLeadership;
  running = startHeatMonitor({ store, thresholds, logger, isTransient: () => isTransient });
  await until(() => lines.length > 0);
  expect(lines).toMatchObject(said);
  expect(lines.some((line) => 'err' in line)).toBe(!isTransient);
});
