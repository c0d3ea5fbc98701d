import type { Provider } from './provider.js';
import type { OidcSettings } from './settings.js';
import type { Grant } from './tokens.js';
import type { Reason } from './session.js';

/** Where a page begins, and where the identity provider sends the browser back to. */
export interface PagePaths {
  readonly home: string;
  readonly back: string;
}

/**
 * That this tab was signed in: loading the page again then asks the provider, whose own session answers without a
 * password. It is no secret.
 */
const WAS_SIGNED_IN = 'madang:was-signed-in';

export const noteSignedIn = (is: boolean): void =>
  is ? sessionStorage.setItem(WAS_SIGNED_IN, '1') : sessionStorage.removeItem(WAS_SIGNED_IN);

let loaded: Promise<Provider> | null = null;

/** The one of the page, which has the tokens. The library is loaded where it is needed: not for the first view. */
export function loadProvider(settings: OidcSettings, page: PagePaths): Promise<Provider> {
  loaded ??= import('./provider.js').then(({ openProvider }) => openProvider(settings, page));
  loaded.catch(() => (loaded = null));
  return loaded;
}

const here = (): string => location.pathname + location.search + location.hash;

export const providerAway = ({ issuer }: OidcSettings): Reason => ({
  id: 'signIn.providerAway',
  values: { issuer: new URL(issuer).host },
});

/** Where the page is opened, or comes back from the provider. Without a grant nobody is signed in, for that reason. */
export async function resumeByProvider(
  settings: OidcSettings,
  page: PagePaths,
): Promise<{ readonly grant: Grant } | { readonly reason: Reason | null }> {
  const address = location.href;
  const isReturn = location.pathname === page.back;
  // The code goes out of the address before anything else is done with it.
  if (isReturn) history.replaceState(null, '', page.home);
  const wasSignedIn = sessionStorage.getItem(WAS_SIGNED_IN) !== null;
  if (!isReturn && !wasSignedIn) return { reason: null };
  try {
    const provider = await loadProvider(settings, page);
    if (!isReturn) {
      await provider.begin(here(), true);
      // The page is left.
      return await new Promise(() => undefined);
    }
    const back = await provider.finish(address);
    history.replaceState(null, '', back.path);
    switch (back.status) {
      case 'signed-in':
        return { grant: back.grant };
      case 'asks':
        noteSignedIn(false);
        return { reason: { id: 'signIn.ended' } };
      case 'stale':
        return { reason: { id: 'signIn.stale' } };
      case 'refused':
        return { reason: { id: 'signIn.providerRefused', values: { message: back.message } } };
      default:
        return back satisfies never;
    }
  } catch {
    return { reason: providerAway(settings) };
  }
}
