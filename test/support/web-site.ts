import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import type { OpenPage } from './browser.js';
import { openBrowser, openPage } from './browser.js';
import { until } from './conditions.js';
import type { Deployment } from './deployment.js';
import { openDeployment } from './deployment.js';
import type { MadangProcess } from './madang.js';

/** The web client as it is served, and a browser to look at it. */
export interface WebSite extends AsyncDisposable {
  readonly url: string;
  readonly deployment: Deployment;
  readonly browser: Browser;
  /** A browser profile of its own, signed in under this handle, at this path. */
  visit(handle: string, path?: string, options?: BrowserContextOptions): Promise<OpenPage>;
  kill(): Promise<void>;
  /** Under the same address. */
  start(): Promise<void>;
}

export async function openWebSite(env: Readonly<Record<string, string>> = {}): Promise<WebSite> {
  const deployment = await openDeployment('embedded');
  let server: MadangProcess = await deployment.start(env);
  const { url } = server;
  const browser = await openBrowser();
  return {
    url,
    deployment,
    browser,
    async visit(handle, path = '/', options = {}) {
      const opened = await openPage(browser, options);
      await opened.page.goto(`${url}${path}`);
      await signIn(opened.page, handle);
      return opened;
    },
    kill: () => server.kill(),
    async start() {
      server = await deployment.start({ ...env, PORT: new URL(url).port });
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      await server.stop();
      await deployment[Symbol.asyncDispose]();
    },
  };
}

export async function signIn(page: Page, handle: string): Promise<void> {
  await page.getByLabel(/^(Your handle|핸들)$/).fill(handle);
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: new RegExp(`: ${handle}$`) }).waitFor();
}

export const message = (page: Page, seq: number): Locator => page.locator(`[data-seq="${seq}"]`);
export const bodies = (page: Page): Promise<string[]> => page.locator('[data-seq] .body').allInnerTexts();

/** Opens a room, and resolves with its path. */
export async function createRoom(page: Page, title: string): Promise<string> {
  await page.getByRole('button', { name: 'New room' }).click();
  await page.getByLabel('Title').fill(title);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/rooms\/[\w-]+$/);
  await page.getByRole('heading', { name: title }).waitFor();
  return new URL(page.url()).pathname;
}

export async function joinRoom(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^(Join|참여)$/ }).click();
  await page.getByRole('log').waitFor();
}

export async function write(page: Page, body: string): Promise<void> {
  await page.getByPlaceholder(/^(Write a message|메시지를 입력하세요)$/).fill(body);
  await page.keyboard.press('Enter');
}

/** The page shows these as the room's last messages, each once. */
export async function showsLast(page: Page, expected: readonly string[]): Promise<void> {
  let shown: readonly string[] = [];
  await until(
    async () => {
      shown = await bodies(page);
      return JSON.stringify(shown.slice(-expected.length)) === JSON.stringify(expected);
    },
    `the page ends with ${expected.join(', ')}`,
  ).catch((error: unknown) => {
    throw new Error(`it shows ${shown.join(' | ')}`, { cause: error });
  });
}
