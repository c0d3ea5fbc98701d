import { chooseFreePort } from '../../src/embedded/ports.js';
import { until } from '../support/conditions.js';
import { openDeployment } from '../support/deployment.js';
import type { MadangProcess } from '../support/madang.js';
import { startHaproxy } from '../support/haproxy.js';
import { startRollingLoad } from '../support/rolling-load.js';

const SUBSCRIBERS = 120;
const DRAIN_MS = 4_000;

test('two processes behind HAProxy are restarted in turn: no error, no gap', async () => {
  await using deployment = await openDeployment('embedded');
  const ports = [await chooseFreePort(), await chooseFreePort()] as const;
  const start = (port: number): Promise<MadangProcess> =>
    deployment.start({ PORT: String(port), MADANG_DRAIN_DELAY_MS: '2500', MADANG_DRAIN_MS: String(DRAIN_MS) });
  const processes = await Promise.all(ports.map(start));
  try {
    await using proxy = await startHaproxy(ports);
    await using load = await startRollingLoad(proxy.url, SUBSCRIBERS);
    for (const [index, port] of ports.entries()) {
      const before = { sent: load.sent(), interruptions: load.interruptions.length };
      expect(await processes[index]!.stop()).toBe(0);
      const moved = load.interruptions.slice(before.interruptions).toSorted((a, b) => a - b);
      const [first, last] = [moved[0]!, moved.at(-1)!];
      // The proxy gives each process its part of them.
      expect(moved.length).toBeGreaterThanOrEqual(SUBSCRIBERS / 4);
      // A busy machine makes each of them later, and no two of them one moment.
      expect(last - first).toBeGreaterThan(DRAIN_MS / 2);
      expect(moved.filter((at) => at - first < (last - first) / 4).length).toBeLessThan(moved.length / 2);
      processes[index] = await start(port);
      await until(async () => (await proxy.serving()).length === 2, 'the proxy has both again');
      await until(() => load.sent() > before.sent + 20, 'messages flow');
    }
    await load.finish();
    const all = Array.from({ length: load.sent() }, (_, index) => index + 1);
    await until(() => load.heard.every((seqs) => seqs.at(-1) === all.length), 'every subscriber is at the end');
    // A subscriber may have begun after the first messages.
    for (const seqs of load.heard) expect(seqs).toEqual(all.slice(seqs[0]! - 1));
    expect(load.failures).toEqual([]);
    expect([...load.interruptionCodes]).toEqual(['NETWORK']);
  } finally {
    await Promise.all(processes.map((process) => process.stop()));
  }
}, 180_000);
