import { brotliDecompressSync } from 'node:zlib';
import type { Locator } from 'playwright-core';
import { violations } from '../support/accessibility.js';
import { openPage } from '../support/browser.js';
import { until } from '../support/conditions.js';
import { asAdmin, createCampaign } from '../support/gifticons.js';
import type { WebSite } from '../support/web-site.js';
import { createRoom, message, openWebSite, signIn, write } from '../support/web-site.js';
import type { WireUser } from '../support/wire.js';
import { signInOnWire } from '../support/wire.js';

// The web client's pages: drops, the account, who can use them, and the files that they load.

const RIVALS = 200;
const HOUR_MS = 3_600_000;

let site: WebSite;
let admin: WireUser;

beforeAll(async () => {
  site = await openWebSite({ GIFTICON_MAX_RATE: '40' });
  admin = await asAdmin(site.deployment, await signInOnWire(site.url, 'admin'));
});
afterAll(() => site?.[Symbol.asyncDispose]());

async function pressOnWire(user: WireUser, campaignId: string): Promise<void> {
  const query = 'mutation ($input: RequestGifticonInput!) { requestGifticon(input: $input) { receipt { status } } }';
  const { errors } = await user.ask(query, { input: { campaignId } });
  expect(errors).toEqual([]);
}

test('a drop with 200 rivals: the place moves, and the code stays with its owner', async () => {
  const campaign = await createCampaign(admin, { title: 'Coffee for the fastest', stock: RIVALS + 2 });
  const rivals = await Promise.all(
    Array.from({ length: RIVALS }, (_, index) => signInOnWire(site.url, `rival-${index}`)),
  );
  await using mina = await site.visit('mina', `/drops/${campaign.id}`);
  const { page } = mina;
  await page.getByRole('heading', { name: 'Coffee for the fastest' }).waitFor();
  await Promise.all(rivals.map((rival) => pressOnWire(rival, campaign.id)));
  await page.getByRole('button', { name: 'Get one' }).click();
  const places = new Set<string>();
  await until(async () => {
    const place = await page.locator('.place').allInnerTexts();
    for (const text of place) places.add(text);
    return page.getByText('It is yours!').isVisible();
  }, 'the code');
  expect(places.size).toBeGreaterThan(1);
  const code = await page.locator('.code code').innerText();
  expect(code).toMatch(/^[\w-]{8,}$/);
  expect(page.url()).not.toContain(code);

  await page.reload();
  expect(await page.locator('.code code').innerText()).toBe(code);
  // On another device the same user gets the same one.
  await using elsewhere = await site.visit('mina', `/drops/${campaign.id}`, { locale: 'ko-KR' });
  await elsewhere.page.getByRole('button', { name: '받기' }).click();
  await elsewhere.page.getByText('받았습니다!').waitFor();
  expect(await elsewhere.page.locator('.code code').innerText()).toBe(code);

  await using late = await site.visit('late', `/drops/${campaign.id}`);
  await late.page.getByRole('button', { name: 'Get one' }).click();
  await late.page.getByText('It is yours!').waitFor();
  await using too = await site.visit('too-late', `/drops/${campaign.id}`);
  await too.page.getByText('Sold out. All gifticons are given away.').waitFor();
  expect([...mina.log.complaints, ...elsewhere.log.complaints, ...late.log.complaints, ...too.log.complaints]).toEqual(
    [],
  );
});

test('the stock of a drop moves by its subscription', async () => {
  const campaign = await createCampaign(admin, { title: 'Tea', stock: 3 });
  await using mina = await site.visit('mina', `/drops/${campaign.id}`);
  const { page } = mina;
  await page.getByText('3 of 3 left').waitFor();
  // What the page asks for from here on has no answer.
  await page.route('**/graphql', (route) =>
    route.request().postData()?.includes('gifticonCampaign(') ? undefined : route.continue(),
  );
  for (const [index, left] of [2, 1].entries()) {
    await pressOnWire(await signInOnWire(site.url, `tea-${index}`), campaign.id);
    await page.getByText(`${left} of 3 left`).waitFor();
  }
  await pressOnWire(await signInOnWire(site.url, 'tea-2'), campaign.id);
  await page.getByText('Sold out. All gifticons are given away.').waitFor();
  expect(mina.log.complaints).toEqual([]);
});

test('a drop that is not open counts down; one that does not exist is not found', async () => {
  const soon = new Date(Date.now() + HOUR_MS).toISOString();
  const campaign = await createCampaign(admin, { title: 'Later', stock: 1, opensAt: soon });
  await using mina = await site.visit('mina', `/drops/${campaign.id}`);
  const date = new Intl.DateTimeFormat('en-US', { dateStyle: 'full', timeStyle: 'short' }).format(new Date(soon));
  await mina.page.getByText(date.replaceAll('\u202f', ' ')).waitFor();
  const timer = mina.page.getByRole('timer');
  const first = await timer.innerText();
  expect(first).toMatch(/^Opens in (01:00|00:5\d):\d\d$/);
  await until(async () => (await timer.innerText()) !== first, 'the countdown goes on');
  expect(await mina.page.getByRole('button', { name: 'Get one' }).count()).toBe(0);
  // The time comes: the button is there without another look at the server.
  await mina.page.clock.install();
  await mina.page.reload();
  await mina.page.getByRole('timer').waitFor();
  await mina.page.clock.fastForward(HOUR_MS + 1_000);
  await mina.page.getByRole('button', { name: 'Get one' }).click();
  await mina.page.getByRole('button', { name: 'Get one' }).waitFor();

  await mina.page.goto(`${site.url}/drops/${admin.userId}`);
  await mina.page.getByText('This campaign does not exist.').waitFor();
  expect(mina.log.complaints).toEqual([]);
});

test('an account is left, and deleted with what that means', async () => {
  await using jun = await site.visit('jun', '/account');
  const { page } = jun;
  await page.getByText('@jun', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Madang' }).waitFor();
  await page.reload();
  await signIn(page, 'jun');
  await page.getByRole('button', { name: 'Delete account' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('This is for good.').waitFor();
  expect(await dialog.getByRole('button', { name: 'Delete it for good' }).isDisabled()).toBe(true);
  await dialog.getByLabel('Type your handle to confirm').fill('jun');
  await dialog.getByRole('button', { name: 'Delete it for good' }).click();
  await page.getByText('Your account is deleted.').waitFor();
  await page.getByLabel('Your handle').fill('jun');
  await page.keyboard.press('Enter');
  await page.getByText('it was given up lately').waitFor();
  // A handle that was refused is changed, and sent again.
  await signIn(page, 'jun-again');
  expect(jun.log.complaints).toEqual([]);
});

test.each(['light', 'dark'] as const)('axe finds nothing on any page, %s', async (colorScheme) => {
  await using opened = await openPage(site.browser, { colorScheme });
  const { page } = opened;
  const found: Record<string, readonly string[]> = {};
  const look = async (name: string): Promise<void> => void (found[name] = await violations(page));
  await page.goto(site.url);
  await page.getByLabel('Your handle').waitFor();
  await look('sign-in');
  await signIn(page, `axe-${colorScheme}`);
  await page.getByText('You are in no room yet').waitFor();
  await look('rooms');
  await page.getByRole('button', { name: 'New room' }).click();
  await page.getByLabel('Title').waitFor();
  await look('new room');
  await page.keyboard.press('Escape');
  await createRoom(page, `Axe ${colorScheme}`);
  await write(page, 'A message');
  await message(page, 1).waitFor();
  await look('room');
  await message(page, 1).getByRole('button', { name: 'Add a reaction' }).click();
  await page.getByRole('button', { name: '👍' }).click();
  await page.getByRole('button', { name: '1 member' }).click();
  await page.getByRole('dialog').getByText('@axe').waitFor();
  await look('members');
  await page.keyboard.press('Escape');
  const campaign = await createCampaign(admin, { title: 'Axe', stock: 1 });
  await page.goto(`${site.url}/drops/${campaign.id}`);
  await page.getByRole('button', { name: 'Get one' }).waitFor();
  await look('drop');
  await page.getByRole('button', { name: 'Get one' }).click();
  await page.getByText('It is yours!').waitFor();
  await look('code');
  await page.goto(`${site.url}/account`);
  await page.getByRole('button', { name: 'Delete account' }).click();
  await page.getByRole('dialog').getByText('This is for good.').waitFor();
  await look('account');
  expect(found).toEqual(Object.fromEntries(Object.keys(found).map((name) => [name, []])));
  expect(Object.keys(found)).toHaveLength(8);
  expect(opened.log.complaints).toEqual([]);
});

test('the end of a room stays in view when a message grows by its refusal', async () => {
  await using mina = await site.visit('mina', '/', { viewport: { width: 390, height: 760 } });
  const { page } = mina;
  await createRoom(page, 'Small screen');
  await write(page, Array.from({ length: 60 }, (_, line) => `line ${line}`).join('\n'));
  await message(page, 1).waitFor();
  const error = { message: 'You are not a member of this room.', extensions: { code: 'FORBIDDEN' } };
  let answer = (): void => undefined;
  const answered = new Promise<void>((resolve) => (answer = resolve));
  await page.route('**/graphql', async (route) => {
    if (!route.request().postData()?.includes('sendMessage')) return route.continue();
    await answered;
    return route.fulfill({ json: { data: null, errors: [error] } });
  });
  const isAboveComposer = async (shown: Locator): Promise<boolean> => {
    const [box, composer] = [await shown.boundingBox(), await page.locator('.composer').boundingBox()];
    return box !== null && composer !== null && box.y + box.height <= composer.y;
  };
  await write(page, 'refused');
  await until(() => isAboveComposer(page.getByText('Sending…')), 'the message on its way is in view');
  answer();
  await until(() => isAboveComposer(page.getByRole('button', { name: 'Discard' })), 'so are the buttons below it');
  expect(mina.log.complaints).toEqual([]);
});

test('the keyboard is enough: sign in, open a room, write, react, leave', async () => {
  await using opened = await openPage(site.browser);
  const { page } = opened;
  const focused = () =>
    page.evaluate<string>(
      'document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? ""',
    );
  const tabTo = async (name: RegExp, key = 'Tab'): Promise<void> => {
    for (let steps = 0; steps < 40; steps += 1) {
      if (name.test(await focused())) return;
      await page.keyboard.press(key);
    }
    throw new Error(`${key} does not lead to ${name}`);
  };
  await page.goto(site.url);
  await page.getByLabel('Your handle').waitFor();
  await page.keyboard.type('keys');
  await page.keyboard.press('Enter');
  await page.getByText('You are in no room yet').waitFor();
  await tabTo(/^New room$/);
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.type('By keys alone');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'By keys alone' }).waitFor();
  await page.getByRole('log').waitFor();
  // A room that was opened is ready to be written in.
  await until(async () => (await focused()) === 'Write a message', 'the composer has the focus');
  await page.keyboard.type('typed');
  await page.keyboard.press('Enter');
  await message(page, 1).waitFor();
  await tabTo(/^Add a reaction$/, 'Shift+Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Add a reaction' }).waitFor();
  await tabTo(/^👍$/);
  await page.keyboard.press('Enter');
  await message(page, 1).getByRole('button', { name: '👍, 1 person' }).waitFor();
  await tabTo(/^Leave$/, 'Shift+Tab');
  await page.keyboard.press('Enter');
  await tabTo(/^Cancel$/);
  await tabTo(/^Leave$/);
  await page.keyboard.press('Enter');
  await page.getByText('You are in no room yet').waitFor();
  expect(opened.log.complaints).toEqual([]);
});

test('files come compressed where that is understood, and other names are not found', async () => {
  const get = (path: string, encoding = 'identity') =>
    fetch(`${site.url}${path}`, { headers: { 'accept-encoding': encoding } });
  const html = await (await get('/')).text();
  const [script = ''] = /\/client\/assets\/index-[\w-]+\.js/.exec(html) ?? [];
  const plain = await get(script);
  expect(plain.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  expect(plain.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  const { request } = await import('node:http');
  const packed = await new Promise<Buffer>((resolve, reject) => {
    request(`${site.url}${script}`, { headers: { 'accept-encoding': 'br' } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks)));
    })
      .on('error', reject)
      .end();
  });
  expect(brotliDecompressSync(packed).toString()).toBe(await plain.text());
  for (const path of ['/client/assets/none.js', '/client/assets/..%2findex.html', `${script}.br`, '/client/', '/no'])
    expect([path, (await get(path)).status]).toEqual([path, 404]);
  for (const path of ['/rooms/x', '/drops/x', '/account'])
    expect([path, (await get(path)).status]).toEqual([path, 200]);
  expect(await (await get('/client/settings.json')).json()).toEqual({ authMode: 'dev', oidc: null });
});
