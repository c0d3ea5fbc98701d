import { PassThrough } from 'node:stream';
import { followWork } from './projections-progress.js';

function capture(isTTY: boolean) {
  let text = '';
  const out = Object.assign(new PassThrough(), { isTTY, columns: 120 }) as unknown as NodeJS.WriteStream;
  out.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { out, text: () => text };
}

test('off a terminal each phase is a line, and building has events done and the rate', () => {
  const { out, text } = capture(false);
  const { report, end } = followWork({ purpose: 'rebuild', json: false, out });
  report({ phase: 'building', name: '', done: 100, total: 1_000 });
  report({ phase: 'building', name: '', done: 1_050, total: 1_050 });
  report({ phase: 'completing', name: 'rooms', done: 1_050, total: 1_050 });
  report({ phase: 'catching up', name: 'rooms', done: 1_050, total: 1_060 });
  report({ phase: 'swapping', name: 'rooms', done: 1_060, total: 1_060 });
  report({ phase: 'catching up', name: 'rooms', done: 1_060, total: 1_061 });
  end();
  end();
  expect(text()).toMatch(
    new RegExp(
      '^building: 1050 of 1050 events, \\d+/s\nrooms: indexing\nrooms: catching up\nrooms: swapping\n' +
        'rooms: catching up\n$',
    ),
  );
});

test('a requested pace is shown beside the bar', () => {
  const { out, text } = capture(false);
  const { report, end } = followWork({ purpose: 'rebuild', json: false, pace: 500, out });
  report({ phase: 'building', name: '', done: 100, total: 1_000 });
  end();
  expect(text()).toMatch(/^building, at most 500 events\/s: 100 of 1000 events/);
});

test('the work of an earlier run does not count for the rate', () => {
  const { out, text } = capture(true);
  const { report, end } = followWork({ purpose: 'rebuild', json: false, out });
  report({ phase: 'building', name: '', done: 500, total: 1_000 });
  end();
  expect(text()).toMatch(/building .* 50 % \| 500\/1000 events \| 0\/s \| \? left/);
});

test('as JSON there is a line for each phase, and not one for each report', () => {
  const { out, text } = capture(false);
  const { report, end } = followWork({ purpose: 'rebuild', json: true, out });
  for (let done = 0; done <= 1_000; done += 10) report({ phase: 'building', name: '', done, total: 1_000 });
  report({ phase: 'swapping', name: 'rooms', done: 1_000, total: 1_000 });
  end();
  const lines = text()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines).toEqual([
    { progress: 'rebuild', phase: 'building', events: 0, of: 1_000, eventsPerSecond: 0, secondsLeft: null },
    {
      progress: 'rebuild',
      phase: 'swapping',
      name: 'rooms',
      events: 1_000,
      of: 1_000,
      eventsPerSecond: expect.any(Number),
      secondsLeft: null,
    },
  ]);
});
