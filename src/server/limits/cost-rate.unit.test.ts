import { createMetrics } from '../../metrics.js';
import { createCostRate } from './cost-rate.js';

const mina = { viewer: { userId: 'mina' }, clientAddress: '192.0.2.1' };
const joon = { viewer: { userId: 'joon' }, clientAddress: '192.0.2.1' };
const stranger = { viewer: null, clientAddress: '192.0.2.1' };

function openRate(costPerSecond = 1_000, costBurst = 5_000) {
  let at = 0;
  const metrics = createMetrics();
  const rate = createCostRate({ costPerSecond, costBurst }, metrics, () => at);
  return { ...rate, metrics, pass: (ms: number) => void (at += ms) };
}

const refusals = async ({ metrics }: ReturnType<typeof openRate>): Promise<number> =>
  (await metrics.connectionsRefused.get()).values.find(({ labels }) => labels.reason === 'cost')?.value ?? 0;

test('a user has a budget per second and a burst; a refusal costs nothing', async () => {
  const rate = openRate();
  expect([rate.pay(mina, 3_000), rate.pay(mina, 2_000)]).toEqual([null, null]);
  for (let again = 0; again < 3; again++)
    expect(rate.pay(mina, 500)).toMatchObject({ extensions: { code: 'TOO_MANY_REQUESTS', retryAfterMs: 500 } });
  expect(await refusals(rate)).toBe(3);
  rate.pass(499);
  expect(rate.pay(mina, 500)).toMatchObject({ extensions: { retryAfterMs: 1 } });
  rate.pass(1);
  expect(rate.pay(mina, 500)).toBeNull();
  expect(rate.pay(mina, 1)).toMatchObject({ extensions: { retryAfterMs: 1 } });
  rate.pass(3_600_000);
  expect([rate.pay(mina, 5_000), rate.pay(mina, 1)]).toMatchObject([null, { extensions: { retryAfterMs: 1 } }]);
});

test('each user has an own budget, and those without a token one for their address', () => {
  const rate = openRate();
  expect([mina, joon, stranger].map((payer) => rate.pay(payer, 5_000))).toEqual([null, null, null]);
  expect(rate.pay({ ...stranger, clientAddress: '192.0.2.2' }, 5_000)).toBeNull();
  expect(rate.pay({ ...mina, clientAddress: '192.0.2.2' }, 1)).not.toBeNull();
  expect(rate.pay(stranger, 1)?.message).toContain('sign in');
  // An address may look like the id of a user.
  expect(rate.pay({ viewer: { userId: '192.0.2.1' }, clientAddress: '192.0.2.1' }, 5_000)).toBeNull();
});

test('an operation above the largest budget is executed when all is saved up', () => {
  const rate = openRate(1_000, 100);
  expect([rate.pay(mina, 5_000), rate.pay(mina, 5_000)]).toMatchObject([null, { extensions: { retryAfterMs: 100 } }]);
});

test('0 a second is no limit', () => {
  const rate = openRate(0);
  expect(Array.from({ length: 100 }, () => rate.pay(mina, 5_000)).every((refused) => refused === null)).toBe(true);
});
