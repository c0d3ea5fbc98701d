import type { Browser, Page } from 'playwright-core';
import type { OpenPage } from '../support/browser.js';
import { openBrowser, openPage } from '../support/browser.js';
import { until } from '../support/conditions.js';
import type { Deployment } from '../support/deployment.js';
import { openDeployment } from '../support/deployment.js';
import type { IdentityProvider } from '../support/identity-provider.js';
import { AUDIENCE, CLIENT_ID, openIdentityProvider, OPERATOR } from '../support/identity-provider.js';
import type { MadangProcess } from '../support/madang.js';
import { createRoom, joinRoom, message, showsLast, write } from '../support/web-site.js';

// Signing in to the web client and the console with an identity provider: the authorization code flow with PKCE.

let provider: IdentityProvider;
let deployment: Deployment;
let browser: Browser;
/** It wants access tokens for its audience. */
let server: MadangProcess;
/** The audience that it wants is the client id, which ID tokens have. */
let byIdToken: MadangProcess;
/** It does not say where to sign in. */
let unset: MadangProcess;

beforeAll(async () => {
  [provider, deployment, browser] = await Promise.all([
    openIdentityProvider(),
    openDeployment('embedded'),
    openBrowser(),
  ]);
  const jwt = { AUTH_MODE: 'jwt', AUTH_JWKS_URL: provider.jwksUrl, AUTH_JWT_ISSUER: provider.issuer };
  const oidc = { ...jwt, MADANG_OIDC_ISSUER: provider.issuer, MADANG_OIDC_CLIENT_ID: CLIENT_ID };
  server = await deployment.start({ ...oidc, AUTH_JWT_AUDIENCE: AUDIENCE });
  [byIdToken, unset] = await Promise.all([
    deployment.start({ ...oidc, AUTH_JWT_AUDIENCE: CLIENT_ID, MADANG_ROLES: 'api' }),
    deployment.start({ ...jwt, MADANG_ROLES: 'api' }),
  ]);
  await provider.serve([server.url, byIdToken.url]);
});
beforeEach(() => {
  provider.lifetimeSeconds = 300;
  provider.audience = null;
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([server?.stop(), byIdToken?.stop(), unset?.stop()]);
  await deployment?.[Symbol.asyncDispose]();
  await provider?.[Symbol.asyncDispose]();
});

const nameAtProvider = (page: Page) => page.getByLabel('Name');
const signInButton = (page: Page) => page.getByRole('button', { name: 'Sign in', exact: true });
const signedInAs = (page: Page, handle: string) => page.getByRole('link', { name: `Account: ${handle}` });

async function signIn(page: Page, handle: string): Promise<void> {
  await signInButton(page).click();
  await nameAtProvider(page).fill(handle);
  await page.keyboard.press('Enter');
  await signedInAs(page, handle).waitFor();
}

async function visit(handle: string, path = '/', { url }: Pick<MadangProcess, 'url'> = server): Promise<OpenPage> {
  const opened = await openPage(browser);
  await opened.page.goto(`${url}${path}`);
  await signIn(opened.page, handle);
  return opened;
}

/** Everything that the page keeps outside of its memory. */
const kept = (page: Page): Promise<string> =>
  page.evaluate<string>('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])');

test('two users sign in, chat, and load the page again without a password', async () => {
  await using mina = await visit('mina');
  const path = await createRoom(mina.page, 'Signed in');
  // The address that was asked for is shown after signing in.
  await using jun = await visit('jun', path);
  await joinRoom(jun.page);
  await write(jun.page, 'hello');
  await showsLast(mina.page, ['hello']);

  await mina.page.reload();
  await signedInAs(mina.page, 'mina').waitFor();
  await message(mina.page, 1).waitFor();
  expect(new URL(mina.page.url()).pathname).toBe(path);
  await write(mina.page, 'again');
  await showsLast(jun.page, ['hello', 'again']);

  const outside = await kept(mina.page);
  expect(outside).not.toMatch(/eyJ|code=|verifier|oidc\./);
  const requests = [...mina.log.requests, ...jun.log.requests];
  expect(requests.filter((url) => url.includes('eyJ'))).toEqual([]);
  expect(requests.some((url) => url.includes('code_challenge_method=S256'))).toBe(true);
  const origins = new Set(requests.map((url) => new URL(url.replace(/^ws/, 'http')).origin));
  expect(origins).toEqual(new Set([server.url, provider.issuer]));
  expect([...mina.log.complaints, ...jun.log.complaints]).toEqual([]);
});

test('a token is renewed before it expires, and following goes on with the new one', async () => {
  await using reader = await visit('reader');
  const path = await createRoom(reader.page, 'Long talks');
  const before = provider.given.renewals;
  provider.lifetimeSeconds = 6;
  await using writer = await visit('writer', path);
  await joinRoom(writer.page);
  await write(writer.page, 'with the first token');
  await until(() => Promise.resolve(provider.given.renewals >= before + 2), 'two renewals');
  await write(writer.page, 'with a later one');
  await showsLast(reader.page, ['with the first token', 'with a later one']);
  await write(reader.page, 'and back');
  await showsLast(writer.page, ['with the first token', 'with a later one', 'and back']);
  // Each token has a WebSocket of its own.
  expect(writer.log.requests.filter((url) => url.startsWith('ws')).length).toBeGreaterThan(2);
  expect(writer.log.complaints).toEqual([]);
});

test('signing out ends the session of the provider, too', async () => {
  await using leaving = await visit('leaving', '/account');
  const { page } = leaving;
  await page.getByRole('button', { name: 'Sign out' }).click();
  // The provider asks whether it is meant.
  await page.getByRole('button', { name: 'Sign out' }).click();
  await signInButton(page).waitFor();
  expect(page.url()).toMatch(new RegExp(`^${server.url}/(?:\\?|$)`));
  await page.reload();
  await signInButton(page).click();
  await nameAtProvider(page).waitFor();
  expect(leaving.log.requests.filter((url) => url.includes('eyJ'))).toEqual([]);
});

test('without a session of the provider, the page that is loaded again asks to sign in', async () => {
  await using gone = await visit('gone');
  await gone.context.clearCookies();
  await gone.page.reload();
  await gone.page.getByText('Your sign-in has ended.').waitFor();
  await signInButton(gone.page).waitFor();
  expect(new URL(gone.page.url()).search).toBe('');
  expect(gone.log.complaints).toEqual([]);
});

test('a token for another audience is refused in plain words', async () => {
  provider.audience = 'https://elsewhere.example';
  await using opened = await openPage(browser);
  const { page } = opened;
  await page.goto(server.url);
  await signInButton(page).click();
  await nameAtProvider(page).fill('stranger');
  await page.keyboard.press('Enter');
  await page.getByText('the token is for another audience').waitFor();
  await page.getByRole('button', { name: 'Sign in as someone else' }).waitFor();
  provider.audience = null;
  await signInButton(page).click();
  await signedInAs(page, 'stranger').waitFor();
});

test('an ID token is sent where the server wants the client id as the audience', async () => {
  await using opened = await visit('by-id', '/', byIdToken);
  await createRoom(opened.page, 'By ID token');
  await write(opened.page, 'hello');
  await message(opened.page, 1).waitFor();
  expect(opened.log.complaints).toEqual([]);
});

test('an operator signs in to the console, loads it again, and signs out there', async () => {
  await using opened = await openPage(browser);
  const { page, log } = opened;
  await page.goto(`${server.url}/console/read-models`);
  await signInButton(page).click();
  await nameAtProvider(page).fill(OPERATOR);
  await page.keyboard.press('Enter');
  // The address that was asked for is shown after signing in.
  await page.getByRole('link', { name: 'timeline', exact: true }).click();
  await page.getByRole('heading', { name: 'timeline' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'timeline' }).waitFor();
  expect(new URL(page.url()).pathname).toBe('/console/read-models/timeline');
  await page.getByRole('button', { name: 'Verify' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Verify' }).click();
  await page.getByText(`@${OPERATOR}`).waitFor();

  expect(await kept(page)).not.toMatch(/eyJ|code=|verifier|oidc\./);
  expect(log.requests.filter((url) => url.includes('eyJ'))).toEqual([]);
  const origins = new Set(log.requests.map((url) => new URL(url.replace(/^ws/, 'http')).origin));
  expect(origins).toEqual(new Set([server.url, provider.issuer]));
  expect(log.complaints).toEqual([]);

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await signInButton(page).waitFor();
  expect(page.url()).toMatch(new RegExp(`^${server.url}/console(?:\\?|$)`));
  await signInButton(page).click();
  await nameAtProvider(page).waitFor();
});

test('a user without the role signs in to the console as someone else', async () => {
  await using opened = await openPage(browser);
  const { page } = opened;
  await page.goto(`${server.url}/console`);
  await signInButton(page).click();
  await nameAtProvider(page).fill('nobody');
  await page.keyboard.press('Enter');
  await page.getByText('You are signed in as @nobody.').waitFor();
  expect(await page.getByRole('navigation').count()).toBe(0);
  await page.getByRole('button', { name: 'Sign in as someone else' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await signInButton(page).click();
  await nameAtProvider(page).fill(OPERATOR);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  expect(opened.log.complaints).toEqual([]);
});

test('where the provider is not set, out of reach, or refuses, the page says so', async () => {
  await using opened = await openPage(browser);
  const { page } = opened;
  await page.goto(unset.url);
  await page.getByText('this page is not told which one').waitFor();
  expect(await signInButton(page).count()).toBe(0);

  await page.goto(`${server.url}/signed-in?error=access_denied&state=made-up`);
  await page.getByText('That sign-in was begun elsewhere, or long ago.').waitFor();
  expect(page.url()).toBe(`${server.url}/`);
  expect(opened.log.complaints).toEqual([]);

  await page.route(`${provider.issuer}/.well-known/**`, (route) => route.abort());
  await page.reload();
  await signInButton(page).click();
  await page.getByText(`The identity provider, ${new URL(provider.issuer).host}, does not answer.`).waitFor();
});
