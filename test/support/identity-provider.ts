import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair } from 'jose';
import type { Configuration, JWK, KoaContextWithOIDC, Provider } from 'oidc-provider';

export const CLIENT_ID = 'madang-web';
/** What an access token for Madang has in `aud`. */
export const AUDIENCE = 'https://chat.example/api';

/** The user who has the role `admin`. The command-line tool has the same id in the record of operators' actions. */
export const OPERATOR = 'operator';

/** An identity provider on this machine. Its users sign in with any name, and it asks for no password. */
export interface IdentityProvider extends AsyncDisposable {
  readonly issuer: string;
  readonly jwksUrl: string;
  /** How many sign-ins, and how many renewals it has given tokens for. */
  readonly given: { signIns: number; renewals: number };
  /** How long new tokens are good. */
  lifetimeSeconds: number;
  /** What new access tokens have in `aud`; null: what was asked for. */
  audience: string | null;
  /** The pages that sign in with it, by their origins. */
  serve(origins: readonly string[]): Promise<void>;
}

const claimsOf = (accountId: string) => ({
  handle: accountId,
  name: `${accountId} of the provider`,
  roles: accountId === OPERATOR ? ['admin'] : [],
});

const page = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><title>${title}</title><link rel="icon" href="data:,">${body}</html>`;

/** Tokens for a page that has been signed in to once are given without another question. */
async function grantFor({ oidc }: KoaContextWithOIDC) {
  const { session, provider, client } = oidc;
  const grant = new provider.Grant({ accountId: session!.accountId!, clientId: client!.clientId });
  grant.addOIDCScope('openid profile');
  grant.addResourceScope(AUDIENCE, '');
  await grant.save();
  return grant;
}

const configurationOf = (
  state: Pick<IdentityProvider, 'lifetimeSeconds' | 'audience'>,
  origins: readonly string[],
  key: JWK,
): Configuration => ({
  clients: [
    {
      client_id: CLIENT_ID,
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: origins.flatMap((origin) => [`${origin}/signed-in`, `${origin}/console/signed-in`]),
      post_logout_redirect_uris: origins.flatMap((origin) => [`${origin}/`, `${origin}/console`]),
    },
  ],
  jwks: { keys: [key] },
  cookies: { keys: ['of the test'] },
  clientBasedCORS: (_ctx, origin) => origins.includes(origin),
  claims: { openid: ['sub'], profile: ['handle', 'name', 'roles'] },
  conformIdTokenClaims: false,
  issueRefreshToken: () => true,
  findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId, ...claimsOf(accountId) }) }),
  loadExistingGrant: grantFor,
  extraTokenClaims: (_ctx, token) => claimsOf('accountId' in token ? token.accountId : ''),
  ttl: {
    AccessToken: () => state.lifetimeSeconds,
    IdToken: () => state.lifetimeSeconds,
    RefreshToken: 3_600,
    Session: 3_600,
    Grant: 3_600,
    Interaction: 3_600,
  },
  interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
  features: {
    devInteractions: { enabled: false },
    revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => {
        ctx.body = page('Sign out', `${form}<button form="op.logoutForm" name="logout" value="yes">Sign out</button>`);
      },
    },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_ctx, resource) => ({
        scope: '',
        audience: state.audience ?? resource,
        accessTokenFormat: 'jwt',
        accessTokenTTL: state.lifetimeSeconds,
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
});

/** The form of the provider, and its answer. */
async function interact(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'POST') {
    const form = '<form method="post"><label>Name <input name="login" autofocus></label></form>';
    response.setHeader('content-type', 'text/html; charset=utf-8');
    return void response.end(page('The identity provider', form));
  }
  const accountId = new URLSearchParams(await text(request)).get('login')!;
  await provider.interactionFinished(request, response, { login: { accountId } });
}

/** The library warns of what a provider with real users would need. */
async function quietly<T>(work: () => T | Promise<T>): Promise<T> {
  const { console } = globalThis;
  const { warn } = console;
  console.warn = () => undefined;
  try {
    return await work();
  } finally {
    console.warn = warn;
  }
}

export async function openIdentityProvider(): Promise<IdentityProvider> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const key = { ...(await exportJWK(privateKey)), kid: 'test', alg: 'RS256', use: 'sig' } as JWK;
  let handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const opened: IdentityProvider = {
    issuer,
    jwksUrl: `${issuer}/jwks`,
    given: { signIns: 0, renewals: 0 },
    lifetimeSeconds: 300,
    audience: null,
    async serve(origins) {
      const provider = await quietly(async () => {
        const library = await import('oidc-provider');
        return new library.Provider(issuer, configurationOf(opened, origins, key));
      });
      provider.on('grant.success', ({ oidc }) => {
        opened.given[oidc.params!['grant_type'] === 'refresh_token' ? 'renewals' : 'signIns'] += 1;
      });
      const callback = provider.callback();
      handle = (request, response) =>
        request.url!.startsWith('/interaction/') ? interact(provider, request, response) : callback(request, response);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return opened;
}
