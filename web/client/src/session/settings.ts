/** What `/client/settings.json` says of the deployment. */
export interface Settings {
  readonly authMode: 'dev' | 'jwt';
  readonly oidc: { readonly issuer: string; readonly clientId: string } | null;
}

export async function readSettings(): Promise<Settings> {
  const answer = await fetch('/client/settings.json');
  return (await answer.json()) as Settings;
}
