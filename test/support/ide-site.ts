import type { BrowserContextOptions, Page } from 'playwright-core';
import type { OpenPage } from './browser.js';
import { openPage } from './browser.js';
import { until } from './conditions.js';
import type { WebSite } from './web-site.js';

/** The GraphQL IDE in a browser profile of its own. */
export async function openIde(site: WebSite, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const opened = await openPage(site.browser, options);
  await opened.page.goto(`${site.url}/graphql`);
  await isReady(opened.page);
  return opened;
}

export async function isReady(page: Page): Promise<void> {
  await page.locator('.graphiql-query-editor .view-lines').waitFor();
  await page.locator('.graphiql-execute-button').waitFor();
}

export const openTab = (page: Page, name: string): Promise<void> =>
  page.locator('.graphiql-tab-button', { hasText: name }).click();

export const run = (page: Page): Promise<void> => page.getByRole('button', { name: /^Execute query/ }).click();

export async function runTab(page: Page, name: string): Promise<void> {
  await openTab(page, name);
  await run(page);
}

/** Monaco draws spaces as no-break spaces. */
const textOf = async (page: Page, editor: string): Promise<string> =>
  (await page.locator(`${editor} .view-lines`).first().innerText()).replaceAll('\u00a0', ' ');

export const document = (page: Page): Promise<string> => textOf(page, '.graphiql-query-editor');
export const variables = (page: Page): Promise<string> => textOf(page, '.graphiql-editor-tool');
export const response = (page: Page): Promise<string> => textOf(page, '.result-window');

export async function shows(page: Page, expected: RegExp | string): Promise<void> {
  let shown = '';
  await until(
    async () => {
      shown = await response(page);
      return typeof expected === 'string' ? shown.includes(expected) : expected.test(shown);
    },
    `the response has ${String(expected)}`,
  ).catch((error: unknown) => {
    throw new Error(`the response is ${shown}`, { cause: error });
  });
}

export const status = (page: Page) => page.getByRole('status');
/** Monaco has alerts, too. */
export const notice = (page: Page) => page.locator('.ending').getByRole('alert');

export async function signIn(page: Page): Promise<void> {
  await status(page).getByRole('button', { name: 'run SignIn' }).click();
  await page.getByText('signed in as @mina').waitFor();
}

/** Makes a room by the examples, and resolves with its id. */
export async function makeRoom(page: Page): Promise<string> {
  await runTab(page, 'CreateRoom');
  const room = page.getByRole('button', { name: 'Sunny courtyard' });
  await room.waitFor();
  return /[\w-]{36}/.exec((await room.getAttribute('title')) ?? '')![0];
}

/** The token that the page has from its last sign-in. */
export const tokenOf = (page: Page): Promise<string> =>
  page.evaluate<string>("JSON.parse(sessionStorage['madang:session']).token");
