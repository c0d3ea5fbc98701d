import { PassThrough } from 'node:stream';
import { startProgress } from './progress.js';

function capture(isTTY: boolean) {
  let text = '';
  const out = Object.assign(new PassThrough(), { isTTY, columns: 120 }) as unknown as NodeJS.WriteStream;
  out.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { out, text: () => text };
}

test('without a terminal the end is one plain line, after any number of calls', () => {
  const { out, text } = capture(false);
  const progress = startProgress({ label: 'storing', total: 1_000, unit: 'codes', out });
  for (let done = 0; done <= 1_000; done += 10) progress.at(done);
  progress.end();
  progress.end();
  expect(text()).toMatch(/^storing: 1000 of 1000 codes, \d+\/s\n$/);
});

test('an early end prints how far it came; without a beginning it prints nothing', () => {
  const [half, none] = [capture(false), capture(false)];
  const progress = startProgress({ label: 'storing', total: 1_000, unit: 'codes', out: half.out });
  progress.at(400);
  progress.end();
  expect(half.text()).toMatch(/^storing: 400 of 1000 codes, \d+\/s, \d+ s left\n$/);
  startProgress({ label: 'storing', total: 1_000, unit: 'codes', out: none.out }).end();
  expect(none.text()).toBe('');
});

test('on a terminal there is a bar with rate and time left', () => {
  const { out, text } = capture(true);
  const progress = startProgress({ label: 'storing', total: 1_000, unit: 'codes', out });
  progress.at(500);
  progress.at(1_000);
  progress.end();
  expect(text()).toMatch(/storing .*100 % \| 1000\/1000 codes \| \d+\/s \| 0 s left/);
});
