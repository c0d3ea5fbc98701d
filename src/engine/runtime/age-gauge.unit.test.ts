import { Registry } from 'prom-client';
import { AgeGauge } from './age-gauge.js';

function open() {
  let now = 10_000;
  const gauge = new AgeGauge(
    { name: 'age', help: 'h', labelNames: ['partition'], registers: [new Registry()] },
    () => now,
  );
  const values = async () =>
    Object.fromEntries((await gauge.get()).values.map(({ labels, value }) => [labels.partition, value]));
  return { gauge, values, pass: (ms: number) => void (now += ms) };
}

test('an age grows by itself, and ends where its series is idle or given away', async () => {
  const { gauge, values, pass } = open();
  gauge.since({ partition: 0 }, 9_500);
  gauge.since({ partition: 1 }, null);
  expect(await values()).toEqual({ 0: 0.5, 1: 0 });
  pass(60_000);
  expect(await values()).toEqual({ 0: 60.5, 1: 0 });
  gauge.since({ partition: 0 }, null);
  gauge.forget({ partition: 1 });
  expect(await values()).toEqual({ 0: 0 });
});

test('a moment in the future of this clock is no negative age', async () => {
  const { gauge, values } = open();
  gauge.since({ partition: 0 }, 99_000);
  expect(await values()).toEqual({ 0: 0 });
});

test('while idleness is unknown, only work in hand has an age', async () => {
  const { gauge, values } = open();
  gauge.since({ partition: 0 }, 9_000);
  gauge.since({ partition: 1 }, null);
  gauge.idleKnown(false);
  expect(await values()).toEqual({ 0: 1 });
  gauge.idleKnown(true);
  expect(await values()).toEqual({ 0: 1, 1: 0 });
});
