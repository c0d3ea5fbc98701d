import pg from 'pg';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { violations } from '../support/accessibility.js';
import type { OpenPage } from '../support/browser.js';
import { openPage } from '../support/browser.js';
import { until } from '../support/conditions.js';
import { asAdmin, createCampaign } from '../support/gifticons.js';
import type { WebSite } from '../support/web-site.js';
import { openWebSite } from '../support/web-site.js';
import type { WireUser } from '../support/wire.js';
import { commanded, signInOnWire } from '../support/wire.js';

// The console, as an operator uses it in a browser.

let site: WebSite;
let admin: WireUser;
let mina: WireUser;
let database: pg.Client;

beforeAll(async () => {
  site = await openWebSite({ GIFTICON_MIN_RATE: '50' });
  admin = await asAdmin(site.deployment, await signInOnWire(site.url, 'admin'));
  mina = await signInOnWire(site.url, 'mina');
  database = new pg.Client(site.deployment.env['DATABASE_URL']);
  await database.connect();
});
afterAll(async () => {
  await database?.end();
  await site?.[Symbol.asyncDispose]();
});

async function signIn(page: Page, { token }: WireUser): Promise<void> {
  await page.getByLabel('A token with the role admin').fill(token);
  await page.keyboard.press('Enter');
}

/** A page of the console, for an operator. */
async function visit(path: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const opened = await openPage(site.browser, options);
  await opened.page.goto(`${site.url}/console${path}`);
  await signIn(opened.page, admin);
  await opened.page.getByRole('heading', { level: 1 }).waitFor();
  return opened;
}

const createRoom = async (title: string): Promise<string> =>
  (await commanded(mina, 'createRoom', { title }, 'PROJECTED')).room!.id;

/** Everything was from here, and nothing complained. */
function expectClean({ log }: OpenPage): void {
  const origins = new Set(log.requests.map((url) => new URL(url.replace(/^ws/, 'http')).origin));
  expect([...origins]).toEqual([site.url]);
  expect(log.requests.filter((url) => url.includes('eyJ'))).toEqual([]);
  expect(log.complaints).toEqual([]);
}

test('a read model is rebuilt with progress, verified with proof, and rolled back', async () => {
  const roomId = await createRoom('Rebuilt');
  for (const body of ['one', 'two', 'three']) await commanded(mina, 'sendMessage', { roomId, body });
  await using operator = await visit('/read-models');
  const { page } = operator;
  await page.getByRole('link', { name: 'timeline', exact: true }).click();
  // A long query keeps the new tables from taking the place of the old ones: the rebuild stands at that.
  await database.query('BEGIN');
  await database.query('SELECT 1 FROM messages LIMIT 1');
  await page.getByRole('button', { name: 'Rebuild' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(/^\d+ events$/).waitFor();
  await dialog.getByRole('button', { name: 'Rebuild' }).click();
  const rebuild = page.getByRole('region', { name: 'Rebuild' });
  await rebuild.getByRole('progressbar').waitFor();
  await rebuild.getByText(/^swapping · (\d+) of \1 events/).waitFor();
  expect(await page.getByRole('button', { name: 'Rebuild' }).isDisabled()).toBe(true);
  await database.query('COMMIT');
  await page
    .getByRole('status')
    .getByText(/^timeline: rebuilt from \d+ events$/)
    .waitFor();
  await rebuild.waitFor({ state: 'detached' });
  await page.getByText('version 1', { exact: true }).waitFor();

  await page.getByRole('button', { name: 'Verify' }).click();
  await dialog.getByText('nothing is changed').waitFor();
  await dialog.getByRole('button', { name: 'Verify' }).click();
  await page.getByText(/^equal timeline, version 1, was compared with a fold of the events: \d+ rows in/).waitFor();

  await page.getByRole('button', { name: 'Roll back' }).click();
  await dialog.getByText('1 generation', { exact: true }).waitFor();
  await dialog.getByRole('button', { name: 'Roll back' }).click();
  await page
    .getByRole('status')
    .getByText(/^timeline: rolled back, and caught up by \d+ events?$/)
    .waitFor();
  await page.getByRole('button', { name: 'Delete the kept generation' }).click();
  await dialog.getByText('for good').waitFor();
  await dialog.getByRole('button', { name: 'Delete the kept generation' }).click();
  await page.getByText('none', { exact: true }).waitFor();
  expectClean(operator);
});

test('dead letters: one is retried when its cause is mended, another is dropped', async () => {
  await database.query(
    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.title LIKE 'Poison%' THEN " +
      "RAISE EXCEPTION 'this title is refused'; END IF; RETURN NEW; END $$",
  );
  await database.query('CREATE TRIGGER refuse BEFORE INSERT ON rooms FOR EACH ROW EXECUTE FUNCTION refuse()');
  await commanded(mina, 'createRoom', { title: 'Poison apple' });
  await commanded(mina, 'createRoom', { title: 'Poison ivy' });
  await using operator = await visit('');
  const { page } = operator;
  await page.getByText('2 dead letters wait for an operator.').first().waitFor();
  await page.getByRole('link', { name: 'Look at them' }).click();
  const rowOf = (title: string) => page.locator('tbody', { hasText: title });
  const dialog = page.getByRole('dialog');
  const letterOf = async (title: string): Promise<string> => {
    for (const row of await page.locator('tbody').all()) {
      const button = row.getByRole('button', { name: /^(Show|Hide)/ });
      if ((await button.getAttribute('aria-expanded')) === 'false') await button.click();
      if ((await row.getByLabel('The record').innerText()).includes(title))
        return (await row.getByRole('checkbox').locator('..').innerText()).trim();
    }
    throw new Error(`no letter has ${title}`);
  };
  const [apple, ivy] = [await letterOf('Poison apple'), await letterOf('Poison ivy')];
  await page.getByRole('checkbox', { name: apple, exact: true }).check();

  // As long as the cause is there, a retry fails, and says so.
  await page.getByRole('button', { name: 'Retry 1' }).click();
  await dialog.getByText('1 dead letter', { exact: true }).waitFor();
  await dialog.getByRole('button', { name: 'Retry' }).click();
  await page.getByText('1 retry failed').waitFor();
  await database.query('DROP TRIGGER refuse ON rooms');
  await page.getByRole('checkbox', { name: apple, exact: true }).check();
  await page.getByRole('button', { name: 'Retry 1' }).click();
  await dialog.getByRole('button', { name: 'Retry' }).click();
  await page.getByRole('checkbox', { name: apple, exact: true }).waitFor({ state: 'detached' });

  await page.getByRole('tab', { name: 'Parked keys' }).click();
  await page.getByRole('button', { name: `Drop ${ivy}` }).click();
  await dialog.getByText('This is for good.').waitFor();
  await dialog.getByRole('button', { name: 'Drop for good' }).click();
  await page.getByText('Read models hold nothing back.').waitFor();
  await page.getByRole('tab', { name: 'Dead letters' }).click();
  await page.getByText('No record waits.').waitFor();
  await page.getByLabel('With those that are applied or dropped').check();
  await rowOf('applied').waitFor();
  await rowOf('dropped').waitFor();

  await page.getByRole('link', { name: 'Rooms', exact: true }).click();
  await page.getByLabel('Find by title or id').fill('poison');
  await page.getByRole('link', { name: 'Poison apple' }).waitFor();
  await page.getByRole('link', { name: 'Operators’ actions' }).click();
  await page.locator('tbody', { hasText: 'Drop dead letters' }).getByText('@admin').waitFor();
  expect(await page.locator('tbody', { hasText: 'Retry dead letters' }).count()).toBe(2);
  expectClean(operator);
});

test('a campaign is created, filled, paused with its queue, and goes on', async () => {
  await using operator = await visit('/campaigns');
  const { page } = operator;
  const dialog = page.getByRole('dialog');
  await page.getByRole('button', { name: 'New campaign' }).click();
  await dialog.getByLabel('Title').fill('By the console');
  await dialog.getByLabel('Codes to generate').fill('2');
  await dialog.getByRole('button', { name: 'Create it' }).click();
  await page.getByRole('heading', { name: 'By the console' }).waitFor();
  await page.getByRole('button', { name: 'Load codes' }).click();
  await dialog.getByLabel('Codes, one a line').fill('COFFEE-0001\nCOFFEE-0002\n');
  await dialog.getByRole('button', { name: 'Load 2 codes' }).click();
  await page.getByText('0 of 4').waitFor();

  await page.getByRole('button', { name: 'Pause' }).click();
  await dialog.getByText('none does now').waitFor();
  await dialog.getByRole('button', { name: 'Pause' }).click();
  await page.getByText('paused', { exact: true }).waitFor();
  const campaignId = new URL(page.url()).pathname.split('/').at(-1)!;
  const rivals = await Promise.all(['a', 'b', 'c'].map((name) => signInOnWire(site.url, `rival-${name}`)));
  const request = 'mutation ($input: RequestGifticonInput!) { requestGifticon(input: $input) { receipt { status } } }';
  await Promise.all(rivals.map((rival) => rival.ask(request, { input: { campaignId } })));
  const waiting = page.locator('figure', { hasText: 'Waiting' });
  await waiting.getByText('3', { exact: true }).first().waitFor();
  await waiting.locator('.plot-line[d*=L]').first().waitFor({ state: 'attached' });
  await page.getByRole('button', { name: 'Resume' }).click();
  await dialog.getByText('3 waiting requests').waitFor();
  await dialog.getByRole('button', { name: 'Resume' }).click();
  await page.getByText('3 of 4').waitFor();
  expectClean(operator);
});

test("a room's heat is set and left to the counts, and its log is followed", async () => {
  const roomId = await createRoom('Watched');
  await using operator = await visit(`/rooms/${roomId}`);
  const { page } = operator;
  await page.locator('.log').getByText('RoomCreated').waitFor();
  await commanded(mina, 'sendMessage', { roomId, body: 'seen in the log' });
  await page.locator('.log li', { hasText: 'seen in the log' }).waitFor();
  await page.getByRole('button', { name: 'Set the heat' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('For how many minutes').fill('5');
  await dialog.getByRole('button', { name: 'Set the heat' }).click();
  await page.getByText('hot', { exact: true }).waitFor();
  await page.getByText('an operator', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Let the counts decide' }).click();
  await page.getByText('the counts of fetches').waitFor();
  await page.getByText('normal', { exact: true }).waitFor();
  expectClean(operator);
});

test('a user without the role is told what is missing, and sees nothing else', async () => {
  await using opened = await openPage(site.browser);
  const { page } = opened;
  await page.goto(`${site.url}/console/dead-letters`);
  await signIn(page, { ...mina, token: 'made-up' });
  await page.getByText('The server does not accept this token.').waitFor();
  opened.log.complaints.length = 0;
  await signIn(page, mina);
  await page.getByText('You are signed in as @mina. The console is for the role “admin”').waitFor();
  expect(await page.getByRole('navigation').count()).toBe(0);
  expect(await violations(page)).toEqual([]);
  expectClean(opened);
  await signIn(page, admin);
  await page.getByRole('heading', { name: 'Dead letters' }).waitFor();
});

test.each(['light', 'dark'] as const)('axe finds nothing on any page of the console, %s', async (colorScheme) => {
  const roomId = await createRoom(`Axe ${colorScheme}`);
  const { id } = await createCampaign(admin, { title: `Axe ${colorScheme}`, stock: 1 });
  await using operator = await visit('', { colorScheme });
  const { page } = operator;
  const found: Record<string, readonly string[]> = {};
  const look = async (name: string): Promise<void> => void (found[name] = await violations(page));
  await page.getByRole('row', { name: /answers this page/ }).waitFor();
  // A number has a line once the processes have reported twice.
  await page.locator('figure', { hasText: 'Memory' }).locator('.plot-line[d*=L]').waitFor({ state: 'attached' });
  await look('overview');
  for (const [path, heading] of [
    ['/rooms', 'Rooms'],
    [`/rooms/${roomId}`, `Axe ${colorScheme}`],
    ['/read-models', 'Read models'],
    ['/read-models/timeline', 'timeline'],
    ['/dead-letters', 'Dead letters'],
    ['/campaigns', 'Campaigns'],
    [`/campaigns/${id}`, `Axe ${colorScheme}`],
    ['/actions', 'Operators’ actions'],
  ] as const) {
    // Within the page: the token is in its memory alone.
    await page.evaluate(`history.pushState(null, '', '/console${path}')`);
    await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
    await until(async () => (await page.getByText('Loading…').count()) === 0, `${path} is loaded`);
    await look(path);
  }
  await page.getByRole('link', { name: 'Campaigns' }).click();
  await page.getByRole('button', { name: 'New campaign' }).click();
  await page.getByRole('dialog').waitFor();
  await look('dialog');
  expect(found).toEqual(Object.fromEntries(Object.keys(found).map((name) => [name, []])));
  expectClean(operator);
});

test('the keyboard is enough to rebuild a read model', async () => {
  await using operator = await visit('');
  const { page } = operator;
  const tabTo = async (name: RegExp): Promise<void> => {
    for (let steps = 0; steps < 60; steps += 1) {
      const focused = await page.evaluate<string>('document.activeElement?.textContent ?? ""');
      if (name.test(focused)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`Tab does not lead to ${name}`);
  };
  await tabTo(/^Read models$/);
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'unread' }).waitFor();
  await tabTo(/^unread$/);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Rebuild' }).waitFor();
  await tabTo(/^Rebuild$/);
  await page.keyboard.press('Enter');
  await page
    .getByRole('dialog')
    .getByText(/events?$/)
    .first()
    .waitFor();
  await tabTo(/^Cancel$/);
  await tabTo(/^Rebuild$/);
  await page.keyboard.press('Enter');
  await page
    .getByRole('status')
    .getByText(/^unread: rebuilt from/)
    .waitFor();
  expectClean(operator);
});
