/** How the page gets a token of an identity provider. */
export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
  /** What the server requires in a token's `aud`. */
  readonly audience: string | null;
}

/** What `/client/settings.json` says of the deployment. */
export interface Settings {
  readonly authMode: 'dev' | 'jwt';
  readonly oidc: OidcSettings | null;
}

export async function readSettings(): Promise<Settings> {
  const answer = await fetch('/client/settings.json');
  return (await answer.json()) as Settings;
}
