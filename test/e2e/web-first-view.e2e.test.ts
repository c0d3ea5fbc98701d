import { openPage } from '../support/browser.js';
import type { WebSite } from '../support/web-site.js';
import { createRoom, openWebSite, signIn } from '../support/web-site.js';

// The web client's first view: what it weighs, what it costs, and what it may load.

let site: WebSite;

beforeAll(async () => {
  site = await openWebSite();
});
afterAll(() => site?.[Symbol.asyncDispose]());

test('the first view is below 200 KB of script, from here alone, with nothing inline', async () => {
  await using opened = await openPage(site.browser);
  const { page, log } = opened;
  const scripts: Promise<{ readonly encoding: string | undefined; readonly size: number }>[] = [];
  page.on('response', (response) => {
    if (!response.url().endsWith('.js')) return;
    const size = response.request().sizes();
    scripts.push(
      size.then((sizes) => ({ encoding: response.headers()['content-encoding'], size: sizes.responseBodySize })),
    );
  });
  const answer = await page.goto(site.url);
  await page.getByLabel('Your handle').waitFor();
  const loaded = await Promise.all(scripts);
  expect(loaded.length).toBeGreaterThan(0);
  expect(loaded.every(({ encoding }) => encoding === 'br')).toBe(true);
  const total = loaded.reduce((sum, { size }) => sum + size, 0);
  expect(total).toBeGreaterThan(50_000);
  expect(total).toBeLessThan(200_000);

  const policy = answer!.headers()['content-security-policy']!;
  expect(policy).not.toMatch(/unsafe|\*|http|data:/);
  expect(policy).toMatch(/default-src 'none'; script-src 'self'; style-src 'self'/);
  expect(answer!.headers()['x-content-type-options']).toBe('nosniff');

  await signIn(page, 'light');
  await createRoom(page, 'Weights');
  const stored = await page.evaluate<string>(
    'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])',
  );
  expect(stored).not.toMatch(/eyJ|Bearer/);
  expect(log.requests.filter((url) => /eyJ|token/i.test(url))).toEqual([]);
  const origins = new Set(log.requests.map((url) => new URL(url.replace(/^ws/, 'http')).origin));
  expect([...origins]).toEqual([site.url]);
  expect(log.complaints).toEqual([]);
});

// Half a second of one processor and a chain of few requests are a second on a machine that is not busy with others.
const MOST_CPU_SECONDS = 0.5;
const MOST_REQUESTS = 16;

test.each([
  ['the form to sign in', null, 'input'],
  ['the list of rooms', 'light-again', '.room-link'],
])('%s costs little processor time and few requests', async (_name, handle, usable) => {
  if (handle !== null) {
    await using before = await site.visit(handle);
    await createRoom(before.page, 'First of the list');
  }
  await using opened = await openPage(site.browser);
  const { page, context, log } = opened;
  if (handle !== null) await page.addInitScript(`sessionStorage.setItem('madang:handle', '${handle}')`);
  const inspector = await context.newCDPSession(page);
  // The time of the thread: what else the machine does is not counted.
  await inspector.send('Performance.enable', { timeDomain: 'threadTicks' });
  await page.goto(site.url);
  await page.locator(usable).first().waitFor();
  const { metrics } = await inspector.send('Performance.getMetrics');
  const seconds = metrics.find(({ name }) => name === 'TaskDuration')!.value;
  expect(seconds).toBeGreaterThan(0.01);
  expect(seconds).toBeLessThan(MOST_CPU_SECONDS);
  expect(log.requests.length).toBeLessThanOrEqual(MOST_REQUESTS);
  expect(log.complaints).toEqual([]);
});
