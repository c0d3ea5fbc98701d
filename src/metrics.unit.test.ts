import { createMetrics } from './metrics.js';

test('a process without a replica has no value for one, which would alert', async () => {
  const { registry, replicaUsable } = createMetrics();
  expect(await registry.metrics()).not.toMatch(/^madang_replica_(?:usable|lag_events) /m);
  replicaUsable.set(0);
  expect(await registry.metrics()).toMatch(/^madang_replica_usable 0$/m);
});
