/** Who may sign in, and with which tokens. */
export type AuthConfig =
  | { readonly mode: 'dev' }
  | {
      readonly mode: 'jwt';
      readonly keys: { readonly jwksUrl: string } | { readonly secret: string };
      readonly issuer: string | null;
      readonly audience: string | null;
      /** How pages sign in. Null: they cannot. */
      readonly oidc: { readonly issuer: string; readonly clientId: string; readonly scope: string } | null;
    };

interface Settings {
  readonly HOST: string;
  readonly AUTH_MODE: 'dev' | 'jwt';
  readonly AUTH_JWKS_URL?: string | undefined;
  readonly AUTH_JWT_SECRET?: string | undefined;
  readonly AUTH_JWT_ISSUER?: string | undefined;
  readonly AUTH_JWT_AUDIENCE?: string | undefined;
  readonly MADANG_OIDC_ISSUER?: string | undefined;
  readonly MADANG_OIDC_CLIENT_ID?: string | undefined;
  readonly MADANG_OIDC_SCOPE: string;
}

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

export function authContradictions(env: Settings): string[] {
  const problems: string[] = [];
  if (env.AUTH_MODE === 'dev' && !LOOPBACK.has(env.HOST)) {
    problems.push(
      `HOST: ${env.HOST} is not loopback, and with AUTH_MODE=dev anyone could sign in as anyone: ` +
        'set AUTH_MODE=jwt, or HOST=127.0.0.1',
    );
  }
  if (env.AUTH_MODE === 'jwt' && (env.AUTH_JWKS_URL === undefined) === (env.AUTH_JWT_SECRET === undefined)) {
    problems.push('AUTH_MODE: jwt needs exactly one of AUTH_JWKS_URL and AUTH_JWT_SECRET');
  }
  if ((env.MADANG_OIDC_ISSUER === undefined) !== (env.MADANG_OIDC_CLIENT_ID === undefined)) {
    const [given, missing] = env.MADANG_OIDC_ISSUER === undefined ? ['CLIENT_ID', 'ISSUER'] : ['ISSUER', 'CLIENT_ID'];
    problems.push(`MADANG_OIDC_${missing}: MADANG_OIDC_${given} needs it: set both, or neither`);
  }
  return problems;
}

export function authOf(env: Settings): AuthConfig {
  if (env.AUTH_MODE === 'dev') return { mode: 'dev' };
  const { MADANG_OIDC_ISSUER: issuer, MADANG_OIDC_CLIENT_ID: clientId, MADANG_OIDC_SCOPE: scope } = env;
  return {
    mode: 'jwt',
    keys: env.AUTH_JWKS_URL === undefined ? { secret: env.AUTH_JWT_SECRET! } : { jwksUrl: env.AUTH_JWKS_URL },
    issuer: env.AUTH_JWT_ISSUER ?? null,
    audience: env.AUTH_JWT_AUDIENCE ?? null,
    oidc: issuer === undefined || clientId === undefined ? null : { issuer, clientId, scope },
  };
}
