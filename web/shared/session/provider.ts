import { ErrorResponse, InMemoryWebStorage, UserManager, WebStorageStateStore } from 'oidc-client-ts';
import type { User } from 'oidc-client-ts';
import type { PagePaths } from './provider-session.js';
import type { OidcSettings } from './settings.js';
import type { Grant } from './tokens.js';

/** Signing in at an identity provider: the authorization code flow with PKCE, which leaves the page and comes back. */
export interface Provider {
  /** Leaves the page. `silently`: comes back at once, signed in or not; nothing is shown there. */
  begin(path: string, silently: boolean): Promise<void>;
  /** Back from there, with the address that the provider sent the browser to. */
  finish(address: string): Promise<Return>;
  /** Leaves the page to end the provider's own session, where it lets pages do that. */
  end(): Promise<void>;
}

export type Return =
  | { readonly status: 'signed-in'; readonly path: string; readonly grant: Grant }
  /** The provider has no session of this user any more: it has to show its own page. */
  | { readonly status: 'asks'; readonly path: string }
  | { readonly status: 'refused'; readonly path: string; readonly message: string }
  /** An answer to nothing that this tab has asked, or to what it asked long ago: such as an address that was kept. */
  | { readonly status: 'stale'; readonly path: string };

/** Answers to a silent attempt that mean no more than that. */
const NEEDS_USER = new Set([
  'login_required',
  'interaction_required',
  'consent_required',
  'account_selection_required',
]);

/** The library has no code for it. */
const STALE = /^(?:No (?:matching )?state|State does not match)/;

/** An address of this page alone. */
const pathOf = (state: unknown): string | null =>
  typeof state === 'string' && /^\/(?![/\\])/.test(state) ? state : null;

export function openProvider({ issuer, clientId, scope, audience }: OidcSettings, page: PagePaths): Provider {
  const isResource = audience !== null && audience !== clientId && /^(?:https?|urn):/.test(audience);
  const resource = isResource ? { resource: audience } : {};
  const manager = new UserManager({
    authority: issuer,
    client_id: clientId,
    redirect_uri: new URL(page.back, location.origin).href,
    post_logout_redirect_uri: new URL(page.home, location.origin).href,
    scope,
    // Two ways in which providers are told whom the access token is for: RFC 8707, and one that some have of their own.
    ...resource,
    extraTokenParams: resource,
    ...(audience === null || audience === clientId ? {} : { extraQueryParams: { audience } }),
    userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
    // The verifier of PKCE, from leaving the page until coming back. It is worth nothing without the code.
    stateStore: new WebStorageStateStore({ store: sessionStorage }),
    automaticSilentRenew: false,
    loadUserInfo: false,
    requestTimeoutInSeconds: 10,
  });

  /** The server wants what an ID token has, or else an access token. */
  const tokenOf = (user: User): string => (audience === clientId ? (user.id_token ?? '') : user.access_token);
  const renew = async (): Promise<Grant | null> => {
    try {
      const user = await manager.signinSilent(resource);
      return user && grantOf(user);
    } catch (error) {
      if (error instanceof ErrorResponse) return null;
      throw error;
    }
  };
  const grantOf = (user: User): Grant => ({ token: tokenOf(user), renew: user.refresh_token ? renew : null });

  return {
    async begin(path, silently) {
      await manager.clearStaleState();
      await manager.signinRedirect({
        state: path,
        ...(silently ? { prompt: 'none', redirectMethod: 'replace' } : {}),
      });
    },
    async finish(address) {
      try {
        const user = await manager.signinRedirectCallback(address);
        return { status: 'signed-in', path: pathOf(user.state) ?? page.home, grant: grantOf(user) };
      } catch (error) {
        if (error instanceof Error && STALE.test(error.message)) return { status: 'stale', path: page.home };
        if (!(error instanceof ErrorResponse)) throw error;
        const path = pathOf(error.state) ?? page.home;
        if (NEEDS_USER.has(error.error!)) return { status: 'asks', path };
        return { status: 'refused', path, message: error.error_description || error.error! };
      }
    },
    async end() {
      await manager.revokeTokens(['refresh_token']).catch(() => undefined);
      // Without the user, so that the ID token is in no address.
      await manager.removeUser();
      // A provider that lets no page end its session keeps it.
      await manager.signoutRedirect().catch(() => undefined);
    },
  };
}
