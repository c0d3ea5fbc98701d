import { EXAMPLES } from '../../web/ide/examples.js';
import { until } from '../support/conditions.js';
import {
  isReady,
  makeRoom,
  notice,
  openIde,
  openTab,
  response,
  run,
  runTab,
  shows,
  signIn,
  status,
  tokenOf,
  variables,
} from '../support/ide-site.js';
import type { WebSite } from '../support/web-site.js';
import { openWebSite } from '../support/web-site.js';
import type { WireUser } from '../support/wire.js';
import { commanded, signInOnWire, wireUser } from '../support/wire.js';
import type { Page } from 'playwright-core';

// The GraphQL IDE's executions: in tabs that are left, without a server, and without a good token.

let site: WebSite;
beforeAll(async () => {
  site = await openWebSite();
});
afterAll(() => site?.[Symbol.asyncDispose]());

const say = (user: WireUser, roomId: string, body: string) => commanded(user, 'sendMessage', { roomId, body });

/** Signed in, with a room, and subscribed to it: the first message has come. */
async function subscribed(page: Page): Promise<{ readonly roomId: string; readonly mina: WireUser }> {
  await signIn(page);
  const roomId = await makeRoom(page);
  const mina = wireUser(site.url, await tokenOf(page), '');
  await openTab(page, 'RoomEvents');
  await until(async () => (await variables(page)).includes(roomId), 'the room id under Variables');
  await run(page);
  // From when on the server has the subscription, only an event shows.
  await until(async () => {
    await say(mina, roomId, 'knock');
    return (await response(page)).includes('knock');
  }, 'an event');
  // The last knock may still be on its way: it comes before every message after it.
  await say(mina, roomId, 'one');
  await shows(page, '"body": "one"');
  return { roomId, mina };
}

/** Monaco draws the lines in view alone: in this window that is every line. */
const TALL = { viewport: { width: 1366, height: 4_000 } };

/** The messages in the response after the knocks, the newest first. */
const messages = async (page: Page): Promise<readonly string[]> =>
  [...(await response(page)).matchAll(/"body": "(?!knock)([^"]*)"/g)].map(([, body]) => body!);

test('a subscription continues while another tab is open', async () => {
  await using opened = await openIde(site, TALL);
  const { page, log } = opened;
  const { roomId, mina } = await subscribed(page);
  const tab = page.locator('.graphiql-tab-button', { hasText: 'RoomEvents' });

  await runTab(page, 'ReadRoom');
  await shows(page, '"memberCount": 1');
  expect(await tab.getAttribute('title')).toBe('RoomEvents: subscribed');
  await say(mina, roomId, 'two');
  await page.getByRole('button', { name: 'New tab' }).click();
  await say(mina, roomId, 'three');
  expect((await response(page)).trim()).toBe('');
  await openTab(page, 'ReadRoom');
  await shows(page, '"memberCount": 1');
  expect(await response(page)).not.toContain('roomEvents');

  await openTab(page, 'RoomEvents');
  await shows(page, '"body": "three"');
  await say(mina, roomId, 'four');
  await shows(page, '"body": "four"');
  expect(await messages(page)).toEqual(['four', 'three', 'two', 'one']);

  await page.getByRole('button', { name: /^Stop query/ }).click();
  await page.getByText(/^Ended after \d+ events\.$/).waitFor();
  await until(async () => (await tab.getAttribute('title')) === 'RoomEvents', 'the tab is not marked any more');
  await say(mina, roomId, 'five');
  await page.getByRole('button', { name: 'continue after the last event' }).click();
  await shows(page, '"body": "five"');
  expect(await messages(page)).toEqual(['five', 'four', 'three', 'two', 'one']);

  // A subscription ends with the identity that it was made with.
  await page.getByRole('button', { name: 'sign out' }).click();
  await page.getByText('It ran as @mina, who is no longer signed in here.').waitFor();
  expect(log.complaints).toEqual([]);
});

test('a late answer is shown in the tab that asked', async () => {
  await using opened = await openIde(site);
  const { page } = opened;
  await signIn(page);
  await makeRoom(page);
  let release = (): void => undefined;
  await page.route('**/graphql', async (route) => {
    if (!route.request().postData()?.includes('query ReadRoom')) return route.continue();
    const answer = await route.fetch();
    await new Promise<void>((resolve) => (release = resolve));
    return route.fulfill({ response: answer });
  });
  await runTab(page, 'ReadRoom');
  await openTab(page, 'CreateRoom');
  await shows(page, '"status": "SUCCEEDED"');
  const arrived = page.waitForResponse('**/graphql');
  release();
  await (await arrived).finished();
  expect(await response(page)).toContain('"status": "SUCCEEDED"');
  await openTab(page, 'ReadRoom');
  await shows(page, '"unreadCount": 0');
});

test('a lost server leaves the events, and one sentence; the subscription continues', async () => {
  await using opened = await openIde(site, TALL);
  const { page } = opened;
  const { roomId, mina } = await subscribed(page);
  await say(mina, roomId, 'two');
  await shows(page, '"body": "two"');
  const before = await response(page);
  await site.kill();
  await notice(page).waitFor();
  expect(await notice(page).innerText()).toBe('The connection is lost; the events until then stay here.');
  expect(await response(page)).toBe(before);
  expect(before).toMatch(/"position": "[^"]+"/);

  // Any other execution says it, too, and so does continuing too early: the events stay.
  await runTab(page, 'ReadRoom');
  await page.getByText('The server cannot be reached: start it, or wait for it, then execute again.').waitFor();
  expect((await response(page)).trim()).toBe('');
  await openTab(page, 'RoomEvents');
  await page.getByRole('button', { name: 'continue after the last event' }).click();
  await notice(page).waitFor();
  await shows(page, '"body": "two"');

  await site.start();
  await say(mina, roomId, 'missed');
  await page.getByRole('button', { name: 'continue after the last event' }).click();
  await shows(page, '"body": "missed"');
  expect(await messages(page)).toEqual(['missed', 'two', 'one']);
});

test('without a token, or with a bad one, the page says to run SignIn', async () => {
  await using opened = await openIde(site);
  const { page } = opened;
  const { userId } = await signInOnWire(site.url, 'mina');
  expect(userId).not.toBe('');
  expect(await status(page).innerText()).toMatch(/not signed in\s+run SignIn/);
  await runTab(page, 'CreateRoom');
  await page.getByText('This needs a token: run SignIn.').waitFor();
  await signIn(page);
  const roomId = await makeRoom(page);

  for (const name of ['CreateRoom', 'RoomEvents']) {
    await page.evaluate(`(() => {
      const session = JSON.parse(sessionStorage['madang:session']);
      sessionStorage['madang:session'] = JSON.stringify({ ...session, token: session.token.slice(0, -4) });
    })()`);
    await page.reload();
    await isReady(page);
    await page.getByText('signed in as @mina').waitFor();
    await openTab(page, name);
    await until(async () => name === 'CreateRoom' || (await variables(page)).includes(roomId), 'the room id');
    await run(page);
    await page.getByText('The token of this page has expired or is refused: run SignIn.').waitFor();
    expect(await status(page).innerText()).toContain('not signed in');
    await page.locator('.ending').getByRole('button', { name: 'run SignIn' }).click();
    await page.getByText('signed in as @mina').waitFor();
  }

  // Without a tab that signs in, the button opens one.
  await page.getByRole('button', { name: 'sign out' }).click();
  await page.locator('.graphiql-tab', { hasText: 'SignIn' }).locator('.graphiql-tab-close').click();
  await signIn(page);
  expect(await page.locator('.graphiql-tab-button').allInnerTexts()).toContain('SignIn');
});

test('every example has lines of 50 columns, and is seen whole at 1366 × 768', async () => {
  await using opened = await openIde(site);
  const { page } = opened;
  await signIn(page);
  await makeRoom(page);
  for (const [index, { query, variables: given }] of EXAMPLES.entries()) {
    const lines = query.split('\n');
    expect(lines.filter((line) => line.length > 50)).toEqual([]);
    await page.locator('.graphiql-tab-button').nth(index).click();
    const shown = page.locator('.graphiql-query-editor .view-line');
    await until(async () => (await shown.first().innerText()).replaceAll('\u00a0', ' ') === lines[0], 'the example');
    // Monaco draws the lines in view alone, and one that wraps as two.
    expect(await shown.count()).toBe(lines.length);
    const editor = (await page.locator('.graphiql-query-editor .monaco-editor').first().boundingBox())!;
    for (const line of await shown.all()) {
      const { y, height } = (await line.boundingBox())!;
      expect(y + height).toBeLessThanOrEqual(editor.y + editor.height);
    }
    if (given) expect((await variables(page)).trim()).toMatch(/}$/);
  }
  const tabs = await page.evaluate<readonly number[]>(
    "(({ scrollWidth, clientWidth }) => [scrollWidth, clientWidth])(document.querySelector('.graphiql-tabs'))",
  );
  expect(tabs[0]).toBe(tabs[1]);
  const { x, width } = (await status(page).boundingBox())!;
  expect(x + width).toBeLessThanOrEqual(1366);
});

test('where an identity provider signs people in, the button leads to the Headers', async () => {
  const server = await site.deployment.start({
    AUTH_MODE: 'jwt',
    AUTH_JWT_SECRET: 'a secret of thirty-two characters',
  });
  try {
    await using opened = await openIde({ ...site, url: server.url });
    const { page } = opened;
    await runTab(page, 'CreateRoom');
    await page.getByText('This needs a token: put one of your identity provider under Headers.').waitFor();
    await status(page).getByRole('button', { name: 'enter a token' }).click();
    const headers = page.locator('.graphiql-editor-tool .graphiql-editor:not(.hidden) .view-lines');
    await until(async () => /"Authorization":.*"Bearer/.test(await headers.innerText()), 'the line of the token');
    // A token that is still to be filled in is none.
    expect(await status(page).innerText()).toContain('not signed in');
  } finally {
    await server.stop();
  }
});
