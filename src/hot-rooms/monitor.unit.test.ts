import { pino } from 'pino';
import type { RoomId } from '../events/ids.js';
import { NOTHING_HOT } from './decide.js';
import type { HeatLeadership, SharedHeat } from './heat-store.js';
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

/** A monitor over a store whose clock stands still, and which records its calls. */
function setup(shared: SharedHeat | null) {
  const asked: (readonly number[])[] = [];
  const site = { asked, shared, looks: 0, published: [] as number[] };
  const store: HeatLeadership = {
    onDecision: () => () => undefined,
    async lead() {
      site.looks++;
      return { nowMs: NOW, shared: site.shared, token: 7, overrides: [] };
    },
    async counted(seconds) {
      asked.push(seconds);
      return seconds.map(() => new Map<RoomId, number>());
    },
    async publish(_token, second) {
      site.published.push(second);
      site.shared = decided(second);
      return true;
    },
    restoreOverrides: () => Promise.resolve(),
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
