import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { ide } from '../../src/server/http/ide.js';
import { openPage } from '../support/browser.js';
import { until } from '../support/conditions.js';
import {
  document,
  isReady,
  makeRoom,
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
import { commanded, signInOnWire } from '../support/wire.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const IDE_DIRECTORY = `${ROOT}dist/web/ide`;
const EXAMPLES = ['SignIn', 'CreateRoom', 'JoinRoom', 'SendMessage', 'ReadRoom', 'RoomEvents'];

describe('the GraphQL IDE in a browser', () => {
  let site: WebSite;

  beforeAll(async () => {
    site = await openWebSite();
  });
  afterAll(() => site?.[Symbol.asyncDispose]());

  /** The page, with the tokens that it sends. */
  async function open() {
    const opened = await openPage(site.browser, { viewport: { width: 1440, height: 900 } });
    const sent: string[] = [];
    const authorizations: (string | undefined)[] = [];
    opened.context.on('request', (request) => {
      if (request.method() === 'POST') authorizations.push(request.headers()['authorization']);
    });
    opened.page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => sent.push(String(payload))));
    await opened.page.goto(`${site.url}/graphql`);
    await isReady(opened.page);
    return { ...opened, sent, authorizations };
  }

  const hasRoom = (page: Page, id: string) =>
    until(async () => (await variables(page)).includes(id), 'the room id under Variables');

  test('the page opens with its examples, from this server alone', async () => {
    await using opened = await open();
    const { page, log } = opened;
    expect(await page.title()).toBe('Madang');
    expect(await page.locator('.graphiql-tab-button').allInnerTexts()).toEqual(EXAMPLES);
    expect(await status(page).innerText()).toContain('not signed in');

    // The schema is loaded, and the workers answer: an unknown field is marked.
    await page.locator('.graphiql-query-editor .view-lines').click();
    await page.keyboard.press('Control+End');
    await page.keyboard.insertText('query Wrong { nothingOfTheKind }');
    await page.locator('.graphiql-query-editor .squiggly-error').first().waitFor();

    expect(log.requests.length).toBeGreaterThan(5);
    expect(log.requests.filter((url) => !url.startsWith(`${site.url}/`) && !url.startsWith('data:'))).toEqual([]);
    expect(log.complaints).toEqual([]);
  });

  test('the examples run in turn: sign in, make a room, send, read, watch it live', async () => {
    await using opened = await open();
    const { page, context, log } = opened;
    await runTab(page, 'SignIn');
    await page.getByText('signed in as @mina').waitFor();
    const id = await makeRoom(page);
    const mina = await tokenOf(page);
    expect(opened.authorizations.at(-1)).toBe(`Bearer ${mina}`);

    await openTab(page, 'JoinRoom');
    await hasRoom(page, id);
    await run(page);
    await shows(page, 'ALREADY_A_MEMBER');
    await openTab(page, 'SendMessage');
    await hasRoom(page, id);
    await run(page);
    await shows(page, '"seq": 1');
    await runTab(page, 'ReadRoom');
    await shows(page, /"memberCount": 1[^]*Hello, courtyard!/);

    await openTab(page, 'RoomEvents');
    await hasRoom(page, id);
    await run(page);
    const jun = await signInOnWire(site.url, 'jun');
    await commanded(jun, 'joinRoom', { roomId: id });
    let sent = 0;
    const say = () => commanded(jun, 'sendMessage', { roomId: id, body: `live ${(sent += 1)}` });
    // Live means from the moment the server has the subscription, which only an event that arrives can show.
    await until(async () => {
      await say();
      return /MessagePosted[^]*"handle": "jun"[^]*live \d/.test(await response(page));
    }, 'an event');
    await say();
    await shows(page, '"earlier"');
    expect(JSON.parse(opened.sent[0] ?? '')).toMatchObject({
      type: 'connection_init',
      payload: { authorization: `Bearer ${mina}` },
    });

    await page.getByRole('button', { name: /Stop query/ }).click();
    await page.getByRole('button', { name: /Execute query/ }).waitFor();
    // GraphiQL saves the open tab half a second after the last change, and each event is one.
    await until(
      () => page.evaluate<boolean>("JSON.parse(sessionStorage['graphiql:tabState']).activeTabIndex === 5"),
      'the tab that is open kept',
    );
    await page.reload();
    await page.getByText('signed in as @mina').waitFor();
    expect(await page.locator('.graphiql-tab-button').allInnerTexts()).toEqual(EXAMPLES);
    await until(async () => (await document(page)).includes('6 of 6'), 'the tab that was open');

    // Another browser tab is another user, in the same room.
    const second = await context.newPage();
    await second.goto(`${site.url}/graphql`);
    await second.getByText('not signed in').waitFor();
    await second.getByRole('button', { name: 'Sunny courtyard' }).waitFor();

    await page.getByRole('button', { name: 'sign out' }).click();
    await page.getByText('not signed in').waitFor();
    expect(log.complaints).toEqual([]);
  });

  test('a picture of the page for the README, retaken with UPDATE_DOCS=1', async () => {
    await using opened = await open();
    const { page } = opened;
    await page.setViewportSize({ width: 1366, height: 768 });
    await signIn(page);
    const id = await makeRoom(page);
    await openTab(page, 'RoomEvents');
    await hasRoom(page, id);
    await run(page);
    const jun = await signInOnWire(site.url, 'jun');
    const say = (body: string) => commanded(jun, 'sendMessage', { roomId: id, body });
    await commanded(jun, 'joinRoom', { roomId: id });
    await until(async () => {
      await say('Is anybody here?');
      return (await response(page)).includes('Is anybody here?');
    }, 'an event');
    await say('Hello, courtyard!');
    await shows(page, 'Hello, courtyard!');

    const picture = await page.screenshot();
    expect(picture.length).toBeLessThan(200_000);
    const committed = `${ROOT}docs/images/ide.png`;
    if (process.env['UPDATE_DOCS'] === '1') await writeFile(committed, picture);
    const size = (png: Buffer) => [png.readUInt32BE(16), png.readUInt32BE(20)];
    expect(size(await readFile(committed))).toEqual(size(picture));
  });

  test('an Authorization in the Headers pane outweighs the token of the sign-in', async () => {
    await using opened = await open();
    const { page } = opened;
    const { token: jun } = await signInOnWire(site.url, 'jun');
    await signIn(page);
    await openTab(page, 'CreateRoom');
    await page.getByRole('button', { name: 'Headers', exact: true }).click();
    await page.locator('.graphiql-editor-tool .graphiql-editor:not(.hidden) .view-lines').click();
    await page.keyboard.insertText(`{ "Authorization": "Bearer ${jun}" }`);
    await page.getByText('the Headers pane’s Authorization').waitFor();
    await run(page);
    await page.getByRole('button', { name: 'Sunny courtyard' }).waitFor();
    expect(opened.authorizations.at(-1)).toBe(`Bearer ${jun}`);

    await openTab(page, 'RoomEvents');
    await page.locator('.graphiql-editor-tool .graphiql-editor:not(.hidden) .view-lines').click();
    await page.keyboard.insertText(`{ "authorization": "Bearer ${jun}" }`);
    await page.getByText('the Headers pane’s Authorization').waitFor();
    await run(page);
    await until(() => opened.sent.some((frame) => frame.includes(`Bearer ${jun}`)), 'the WebSocket');
    // The history outlives the browser tab.
    expect(await page.evaluate<string>("localStorage['graphiql:queries']")).toContain('CreateRoom');
    expect(await page.evaluate<string>('JSON.stringify(localStorage)')).not.toContain(jun);

    // One that is refused does not lead to the sign-in of the page, and the docs stay.
    await page.locator('.graphiql-editor-tool .graphiql-editor:not(.hidden) .view-lines').click();
    await page.keyboard.press('Control+a');
    await page.keyboard.press('Delete');
    await page.keyboard.insertText('{ "authorization": "Bearer forged" }');
    await page.getByRole('button', { name: /^Stop query/ }).click();
    await run(page);
    await page.getByText('The Authorization under Headers is refused: correct it, or remove it and sign in.').waitFor();
  });

  test('a GET without a browser goes to the GraphQL server', async () => {
    for (const accept of ['*/*', 'application/json', 'application/graphql-response+json, application/json;q=0.9']) {
      const answer = await fetch(`${site.url}/graphql`, { headers: { accept } });
      expect(answer.headers.get('content-type')).not.toMatch(/html/);
    }
  });

  test('assets have types and are cached for good, the page is not; both are locked down', async () => {
    const page = await fetch(`${site.url}/graphql`, { headers: { accept: 'text/html,*/*;q=0.8' } });
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const [script] = /\/graphql\/ide\/ide-\w+\.js/.exec(await page.text()) ?? [''];
    const asset = await fetch(site.url + script);
    expect(asset.headers.get('content-type')).toMatch(/^text\/javascript/);
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    for (const { headers } of [page, asset]) {
      expect(headers.get('content-security-policy')).toMatch(/default-src 'self'.*frame-ancestors 'none'/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    }
    expect((await fetch(`${site.url}/graphql/ide/ide-OLD.js`)).status).toBe(404);
  });

  test('without a build of the IDE, the answer says how to build it', async () => {
    const pages = ide({ directory: `${IDE_DIRECTORY}-that-is-not-there` });
    const listening = createServer((request, response) => {
      pages({ request, response, path: '/graphql', headers: [] });
    }).listen(0, '127.0.0.1');
    try {
      await new Promise((resolve) => listening.once('listening', resolve));
      const answer = await fetch(`http://127.0.0.1:${(listening.address() as AddressInfo).port}/graphql`, {
        headers: { accept: 'text/html' },
      });
      expect(answer.status).toBe(503);
      expect(await answer.text()).toContain('npm start');
    } finally {
      listening.closeAllConnections();
      await new Promise((resolve) => listening.close(resolve));
    }
  });
});
