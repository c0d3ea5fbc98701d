import { promtool } from '../support/prometheus.js';

test('Prometheus takes the shipped rules and configuration', async () => {
  expect(await promtool('check', 'config', 'ops/prometheus/prometheus.yml')).toContain('SUCCESS');
});

test('every alert is silent before its fault, and fires after it', async () => {
  expect(await promtool('test', 'rules', 'ops/prometheus/alerts.test.yml')).toContain('SUCCESS');
});
