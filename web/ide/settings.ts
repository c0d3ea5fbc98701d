/** Where the server tells its pages about the deployment. */
const SETTINGS_URL = '/client/settings.json';

let authMode = 'dev';

/** Without an answer the page stays as for development: its sign-in then says by itself that it is refused. */
export async function loadSettings(): Promise<void> {
  try {
    const settings = (await (await fetch(SETTINGS_URL)).json()) as { readonly authMode?: string };
    authMode = settings.authMode ?? authMode;
  } catch {
    // The page works without.
  }
}

/** Whether `signIn(handle:)` gives tokens here; otherwise an identity provider does. */
export const signsInByHandle = (): boolean => authMode === 'dev';
