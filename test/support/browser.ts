import { execFileSync } from 'node:child_process';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { findCommand } from '../../src/embedded/system-packages.js';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const INSTALL =
  'apt-get -q -o DPkg::Lock::Timeout=120 update || true; ' +
  'apt-get -q -o DPkg::Lock::Timeout=120 install -y --no-install-recommends chromium';

async function chromiumPath(): Promise<string> {
  const find = async (): Promise<string | undefined> =>
    (await Promise.all(NAMES.map((name) => findCommand(name)))).find((path) => path !== undefined);
  const present = await find();
  if (present !== undefined) return present;
  execFileSync('sh', ['-c', INSTALL], { stdio: 'ignore' });
  const installed = await find();
  if (installed === undefined)
    throw new Error('No chromium on the PATH: install it, for example with `apt-get install chromium`.');
  return installed;
}

/** The system's Chromium, which reaches this machine alone. */
export const openBrowser = async (): Promise<Browser> =>
  chromium.launch({
    executablePath: await chromiumPath(),
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // A request to another host must fail on every network.
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  });

/** What a browser profile asked for, and complained about. */
export interface BrowserLog {
  readonly requests: string[];
  readonly complaints: string[];
}

export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly log: BrowserLog;
}

/** A page of a browser profile of its own. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: 'en-US', ...options });
  const page = await context.newPage();
  const log: BrowserLog = { requests: [], complaints: [] };
  context.on('request', (request) => log.requests.push(request.url()));
  context.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') log.complaints.push(message.text());
  });
  context.on('weberror', (error) => log.complaints.push(String(error.error())));
  page.on('websocket', (socket) => log.requests.push(socket.url()));
  return { page, context, log, [Symbol.asyncDispose]: () => context.close() };
}
