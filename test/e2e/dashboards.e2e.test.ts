import { DASHBOARDS } from '../../ops/grafana/source/dashboards.js';
import { until } from '../support/conditions.js';
import { expressionsOf, resolved } from '../support/dashboards.js';
import { openDeployment } from '../support/deployment.js';
import { startPrometheus } from '../support/prometheus.js';
import { startVariedTraffic } from '../support/varied-traffic.js';

// On Kafka, where every metric has a value. Prometheus scrapes each second, so a rate needs a few of them.

test('every query of every dashboard has a value on a live system', async () => {
  await using deployment = await openDeployment('kafka');
  await using first = await deployment.start();
  await using second = await deployment.start({ MADANG_ROLES: 'api' });
  const urls = [first.url, second.url] as const;
  await using prometheus = await startPrometheus(urls);
  await using traffic = await startVariedTraffic(deployment, [...urls]);

  let empty = Object.values(DASHBOARDS).flatMap(expressionsOf);
  expect(empty.length).toBeGreaterThan(70);
  const last = async (): Promise<boolean> => {
    const values = await Promise.all(empty.map(({ expr }) => prometheus.values(resolved(expr, '10s'))));
    empty = empty.filter((_, index) => values[index]!.length === 0);
    return empty.length === 0;
  };
  await until(last, 'every query has a value', 90_000).catch((cause: unknown) => {
    throw new Error(`without a value: ${empty.map(({ panel, expr }) => `${panel}: ${expr}`).join('\n')}`, { cause });
  });
  expect(await prometheus.failedRules()).toEqual([]);
  expect(traffic.failures).toEqual([]);
}, 180_000);
