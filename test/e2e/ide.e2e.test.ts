import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { ide } from '../../src/server/http/ide.js';
import { openBrowser } from '../support/browser.js';
import { openDeployment } from '../support/deployment.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const IDE_DIRECTORY = `${ROOT}dist/web/ide`;

/** The system as a newcomer starts it. */
async function startServer() {
  const deployment = await openDeployment('embedded');
  const madang = await deployment.start();
  return {
    url: madang.url,
    async close() {
      await madang.stop();
      await deployment[Symbol.asyncDispose]();
    },
  };
}

describe('the GraphQL IDE in a browser', () => {
  let server: Awaited<ReturnType<typeof startServer>>;
  let browser: Browser;

  beforeAll(async () => {
    execFileSync(process.execPath, [`${ROOT}web/ide/build.mjs`]);
    server = await startServer();
    browser = await openBrowser();
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  /** A page of a browser profile of its own, with its requests and errors. */
  async function open() {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    const log = {
      requests: [] as string[],
      complaints: [] as string[],
      sent: [] as string[],
      authorizations: [] as (string | undefined)[],
    };
    context.on('request', (request) => {
      log.requests.push(request.url());
      if (request.method() === 'POST') log.authorizations.push(request.headers()['authorization']);
    });
    context.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') log.complaints.push(message.text());
    });
    context.on('weberror', (error) => log.complaints.push(String(error.error())));
    page.on('websocket', (socket) => {
      log.requests.push(socket.url());
      socket.on('framesent', ({ payload }) => log.sent.push(String(payload)));
    });
    await page.goto(`${server.url}/graphql`);
    await page.locator('.graphiql-query-editor .view-lines').waitFor();
    await page.locator('.graphiql-execute-button').waitFor();
    return { page, context, log, [Symbol.asyncDispose]: () => context.close() };
  }

  /**
   * The play button is a menu where a document has several operations; it follows a change of the document after 0.1 s.
   */
  const run = async (page: Page, operation?: string) => {
    await page.locator(`.graphiql-execute-button${operation ? '[aria-haspopup]' : ':not([aria-haspopup])'}`).click();
    if (operation) await page.getByRole('menuitem', { name: operation, exact: true }).click();
  };
  const tab = (page: Page, name: string) => page.locator('.graphiql-tab-button', { hasText: name }).click();
  /** Monaco draws spaces as no-break spaces. */
  const textOf = async (page: Page, editor: string) =>
    (await page.locator(`${editor} .view-lines`).first().innerText()).replaceAll('\u00a0', ' ');
  const response = (page: Page) => textOf(page, '.result-window');

  async function until<T>(what: string, look: () => Promise<T | false | null | undefined>): Promise<T> {
    const deadline = Date.now() + 20_000;
    for (;;) {
      const found = await look();
      if (found) return found;
      if (Date.now() > deadline) throw new Error(`Not seen within 20 s: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async function execute(query: string, token?: string) {
    const answer = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify({ query }),
    });
    return ((await answer.json()) as { data: { signIn?: { token: string } } }).data;
  }

  const signIn = async (handle: string): Promise<string> =>
    (await execute(`mutation { signIn(handle: "${handle}") { token } }`)).signIn!.token;
  const tokenOf = (page: Page) => page.evaluate<string>("JSON.parse(sessionStorage['madang:session']).token");

  test('the page opens with three examples, from this server alone', async () => {
    await using opened = await open();
    const { page, log } = opened;
    expect(await page.title()).toBe('Madang');
    expect(await page.locator('.graphiql-tab-button').allInnerTexts()).toEqual(['SignIn', 'SendMessage', 'RoomEvents']);
    expect(await page.getByRole('status').innerText()).toContain('not signed in');

    // The schema is loaded, and the workers answer: an unknown field is marked.
    await page.locator('.graphiql-query-editor .view-lines').click();
    await page.keyboard.press('Control+End');
    await page.keyboard.insertText('query Wrong { nothingOfTheKind }');
    await page.locator('.graphiql-query-editor .squiggly-error').first().waitFor();

    expect(log.requests.length).toBeGreaterThan(5);
    expect(log.requests.filter((url) => !url.startsWith(`${server.url}/`) && !url.startsWith('data:'))).toEqual([]);
    expect(log.complaints).toEqual([]);
  });

  test('the examples run in turn: sign in, make a room, send, read, watch it live', async () => {
    await using opened = await open();
    const { page, context, log } = opened;
    await run(page, 'SignIn');
    await page.getByText('signed in as @mina').waitFor();
    await run(page, 'CreateRoom');
    await page.getByRole('button', { name: 'Sunny courtyard' }).waitFor();
    const [id = ''] =
      /[\w-]{36}/.exec((await page.getByRole('button', { name: 'Sunny courtyard' }).getAttribute('title')) ?? '') ?? [];
    const mina = await tokenOf(page);
    expect(log.authorizations.at(-1)).toBe(`Bearer ${mina}`);

    await tab(page, 'SendMessage');
    await until('the room id under Variables', async () => (await textOf(page, '.graphiql-editor-tool')).includes(id));
    await run(page, 'SendMessage');
    await until('the message sent', async () => /"seq": 1/.test(await response(page)));
    await run(page, 'ReadRoom');
    await until('the message read', async () => /"memberCount": 1[^]*Hello, courtyard!/.test(await response(page)));

    await tab(page, 'RoomEvents');
    await until('the room id under Variables', async () => (await textOf(page, '.graphiql-editor-tool')).includes(id));
    await run(page);
    const jun = await signIn('jun');
    await execute(`mutation { joinRoom(input: { roomId: "${id}" }) { receipt { status } } }`, jun);
    let sent = 0;
    const say = () =>
      execute(
        `mutation { sendMessage(input: { roomId: "${id}", body: "live ${(sent += 1)}" }) { receipt { status } } }`,
        jun,
      );
    // Live means from the moment the server has the subscription, which only an event that arrives can show.
    await until('an event', async () => {
      await say();
      return /MessagePosted[^]*"handle": "jun"[^]*live \d/.test(await response(page));
    });
    await say();
    await until('the events before it', async () => /"earlier"/.test(await response(page)));
    expect(JSON.parse(log.sent[0] ?? '')).toMatchObject({
      type: 'connection_init',
      payload: { authorization: `Bearer ${mina}` },
    });

    await page.getByRole('button', { name: /Stop query/ }).click();
    await page.getByRole('button', { name: /Execute query/ }).waitFor();
    // GraphiQL saves the open tab half a second after the last change, and each event is one.
    await until('the tab that is open kept', () =>
      page.evaluate<boolean>("JSON.parse(sessionStorage['graphiql:tabState']).activeTabIndex === 2"),
    );
    await page.reload();
    await page.getByText('signed in as @mina').waitFor();
    expect(await page.locator('.graphiql-tab-button').allInnerTexts()).toEqual([
      'CreateRoom',
      'ReadRoom',
      'RoomEvents',
    ]);
    await until('the tab that was open', async () => (await textOf(page, '.graphiql-query-editor')).includes('3 of 3'));

    // Another browser tab is another user, in the same room.
    const second = await context.newPage();
    await second.goto(`${server.url}/graphql`);
    await second.getByText('not signed in').waitFor();
    await second.getByRole('button', { name: 'Sunny courtyard' }).waitFor();

    await page.getByRole('button', { name: 'sign out' }).click();
    await page.getByText('not signed in').waitFor();
    expect(log.complaints).toEqual([]);
  });

  test('a picture of the page for the README, retaken with UPDATE_DOCS=1', async () => {
    await using opened = await open();
    const { page } = opened;
    await page.setViewportSize({ width: 1200, height: 640 });
    await run(page, 'SignIn');
    await page.getByText('signed in as @mina').waitFor();
    await run(page, 'CreateRoom');
    const room = page.getByRole('button', { name: 'Sunny courtyard' });
    await room.waitFor();
    const [id = ''] = /[\w-]{36}/.exec((await room.getAttribute('title')) ?? '') ?? [];
    await tab(page, 'RoomEvents');
    await until('the room id under Variables', async () => (await textOf(page, '.graphiql-editor-tool')).includes(id));
    await run(page);
    const jun = await signIn('jun');
    const say = (body: string) =>
      execute(`mutation { sendMessage(input: { roomId: "${id}", body: "${body}" }) { receipt { status } } }`, jun);
    await execute(`mutation { joinRoom(input: { roomId: "${id}" }) { receipt { status } } }`, jun);
    await until('an event', async () => {
      await say('Is anybody here?');
      return (await response(page)).includes('Is anybody here?');
    });
    await say('Hello, courtyard!');
    await until('the newest event', async () => (await response(page)).includes('Hello, courtyard!'));

    const picture = await page.screenshot();
    expect(picture.length).toBeLessThan(150_000);
    const committed = `${ROOT}docs/images/ide.png`;
    if (process.env['UPDATE_DOCS'] === '1') await writeFile(committed, picture);
    const size = (png: Buffer) => [png.readUInt32BE(16), png.readUInt32BE(20)];
    expect(size(await readFile(committed))).toEqual(size(picture));
  });

  test('an Authorization in the Headers pane outweighs the token of the sign-in', async () => {
    await using opened = await open();
    const { page, log } = opened;
    const jun = await signIn('jun');
    await run(page, 'SignIn');
    await page.getByText('signed in as @mina').waitFor();
    await page.getByRole('button', { name: 'Headers', exact: true }).click();
    await page.locator('.graphiql-editor-tool .graphiql-editor:not(.hidden) .view-lines').click();
    await page.keyboard.insertText(`{ "Authorization": "Bearer ${jun}" }`);
    await page.getByText('the Headers pane’s Authorization').waitFor();
    await run(page, 'CreateRoom');
    await page.getByRole('button', { name: 'Sunny courtyard' }).waitFor();
    expect(log.authorizations.at(-1)).toBe(`Bearer ${jun}`);

    await tab(page, 'RoomEvents');
    await page.locator('.graphiql-editor-tool .graphiql-editor:not(.hidden) .view-lines').click();
    await page.keyboard.insertText(`{ "authorization": "Bearer ${jun}" }`);
    await page.getByText('the Headers pane’s Authorization').waitFor();
    await run(page);
    await until('the WebSocket', async () => log.sent.some((frame) => frame.includes(`Bearer ${jun}`)));
  });

  test('a GET without a browser goes to the GraphQL server', async () => {
    for (const accept of ['*/*', 'application/json', 'application/graphql-response+json, application/json;q=0.9']) {
      const answer = await fetch(`${server.url}/graphql`, { headers: { accept } });
      expect(answer.headers.get('content-type')).not.toMatch(/html/);
    }
  });

  test('assets have types and are cached for good, the page is not; both are locked down', async () => {
    const page = await fetch(`${server.url}/graphql`, { headers: { accept: 'text/html,*/*;q=0.8' } });
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const [script] = /\/graphql\/ide\/ide-\w+\.js/.exec(await page.text()) ?? [''];
    const asset = await fetch(server.url + script);
    expect(asset.headers.get('content-type')).toMatch(/^text\/javascript/);
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    for (const { headers } of [page, asset]) {
      expect(headers.get('content-security-policy')).toMatch(/default-src 'self'.*frame-ancestors 'none'/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    }
    expect((await fetch(`${server.url}/graphql/ide/ide-OLD.js`)).status).toBe(404);
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
