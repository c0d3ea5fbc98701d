import { SignJWT } from 'jose';
import type { Operations } from './operations.js';
import type { Retrying } from './retry.js';
import { retried } from './retry.js';

/** How the bot's users sign in. */
export type SignIn =
  /** `AUTH_MODE=dev`: by handle alone. */
  | { readonly by: 'handle' }
  /** Tokens that the operator has, one for each user. */
  | { readonly by: 'tokens'; readonly tokens: readonly string[] }
  /** `AUTH_MODE=jwt` with `AUTH_JWT_SECRET`: the bot signs the tokens itself. */
  | {
      readonly by: 'secret';
      readonly secret: string;
      readonly issuer: string | undefined;
      readonly audience: string | undefined;
    };

/** Sign-ins under way at once. */
const AT_ONCE = 16;
const LIFETIME_SECONDS = 4 * 3_600;

/** The tokens of the users, by number. */
export async function signInAll(
  signIn: SignIn,
  handles: readonly string[],
  api: Pick<Operations, 'signIn'>,
  retrying: Retrying,
  onSignedIn: () => void,
): Promise<readonly string[]> {
  switch (signIn.by) {
    case 'tokens':
      return signIn.tokens.slice(0, handles.length);
    case 'secret':
      return Promise.all(handles.map((handle) => signedToken(signIn, handle, [])));
    case 'handle': {
      const tokens: string[] = Array.from({ length: handles.length });
      let next = 0;
      const lane = async (): Promise<void> => {
        for (let user = next++; user < handles.length && !retrying.signal.aborted; user = next++) {
          tokens[user] = await retried(() => api.signIn(handles[user]!), retrying);
          onSignedIn();
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, lane));
      return tokens;
    }
    default:
      return signIn satisfies never;
  }
}

export function signedToken(
  { secret, issuer, audience }: Extract<SignIn, { by: 'secret' }>,
  handle: string,
  roles: readonly string[],
): Promise<string> {
  const seconds = Math.floor(Date.now() / 1_000);
  const token = new SignJWT({ handle, name: handle, roles: [...roles] })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(handle)
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + LIFETIME_SECONDS);
  if (issuer !== undefined) token.setIssuer(issuer);
  if (audience !== undefined) token.setAudience(audience);
  return token.sign(new TextEncoder().encode(secret));
}
