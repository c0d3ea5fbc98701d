import { z } from 'zod';
import { url } from './setting-formats.js';

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

/** How users sign in, as settings. */
export const authSettings = {
  AUTH_MODE: z.enum(['dev', 'jwt']).default('dev'),
  AUTH_JWKS_URL: url('http:', 'https:').optional(),
  AUTH_JWT_SECRET: z.string().min(32, 'must have at least 32 characters').optional(),
  AUTH_JWT_ISSUER: z.string().optional(),
  AUTH_JWT_AUDIENCE: z.string().optional(),
  MADANG_OIDC_ISSUER: url('http:', 'https:').optional(),
  MADANG_OIDC_CLIENT_ID: z.string().optional(),
  MADANG_OIDC_SCOPE: z
    .string()
    .refine((text) => text.split(' ').includes('openid'), 'must hold openid, such as "openid profile"')
    .default('openid profile'),
};

type Settings = z.infer<z.ZodObject<typeof authSettings>> & { readonly HOST: string };

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
