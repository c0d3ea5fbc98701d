import { errors, jwtVerify } from 'jose';
import type { JWTVerifyGetKey, JWTVerifyOptions, JWTVerifyResult } from 'jose';
import { z } from 'zod';
import { handle, name } from '../../commands/text.js';
import { ERASED_USER, userId } from '../../engine/domain/ids.js';
import type { Identity } from './identity.js';
import { IdentityUnavailableError, InvalidTokenError } from './identity.js';

/** A token of an identity provider has a few hundred bytes; more is work imposed by an attacker. */
const MAX_TOKEN_LENGTH = 8 * 1024;

/** A token that becomes valid this soon comes from a clock that is ahead; a later one is used too early. */
const MAX_CLOCK_AHEAD_MS = 30_000;

const claims = z.object({
  sub: z
    .string()
    .regex(/^[^\s\p{C}]{1,128}$/u)
    .refine((sub) => sub !== ERASED_USER),
  handle,
  name: name.optional(),
  // An identity provider has roles of its own: roles without a meaning here are ignored.
  roles: z.array(z.unknown()).default([]),
  exp: z.number().max(8_640_000_000_000),
});

/** The identity in a token, after checks of its signature and times. */
export async function verifyToken(token: string, key: JWTVerifyGetKey, options: JWTVerifyOptions): Promise<Identity> {
  if (token.length > MAX_TOKEN_LENGTH) throw new InvalidTokenError('the token is too long');
  const { payload } = await verifyByAny(token, key, { ...options, requiredClaims: ['exp'] }).catch((error: unknown) => {
    if (!(error instanceof errors.JOSEError)) throw error;
    const soon = validIn(error);
    if (soon !== null)
      throw new IdentityUnavailableError('the token is not valid yet: try again in a moment', soon, { cause: error });
    throw new InvalidTokenError(reason(error), { cause: error });
  });
  const read = claims.safeParse(payload);
  if (!read.success)
    throw new InvalidTokenError(
      `the token's claim "${String(read.error.issues[0]?.path[0])}" is missing or does not fit`,
    );
  const { sub, exp, roles, ...user } = read.data;
  return {
    userId: userId(sub),
    handle: user.handle,
    name: user.name ?? user.handle,
    roles: roles.includes('admin') ? ['admin'] : [],
    expiresAt: new Date(exp * 1000),
  };
}

/** A token need not name its key: while a provider has two, as during a rotation, either may have made it. */
async function verifyByAny(token: string, key: JWTVerifyGetKey, options: JWTVerifyOptions): Promise<JWTVerifyResult> {
  try {
    return await jwtVerify(token, key, options);
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const one of error) {
      try {
        return await jwtVerify(token, one, options);
      } catch (other) {
        if (!(other instanceof errors.JWSSignatureVerificationFailed)) throw other;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

/** For HS256. Imported once: importing for every token takes as long as a check. */
export function secretKey(secret: Uint8Array<ArrayBuffer>): JWTVerifyGetKey {
  const key = crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
  // An invalid key is reported for each token, and must not end the process before.
  key.catch(() => undefined);
  return () => key;
}

/** The provider's clock may be ahead of this one: milliseconds until the token is valid. Null for any other fault. */
function validIn(error: errors.JOSEError): number | null {
  if (
    !(error instanceof errors.JWTClaimValidationFailed) ||
    error.claim !== 'nbf' ||
    typeof error.payload.nbf !== 'number'
  )
    return null;
  const ms = error.payload.nbf * 1_000 - Date.now();
  return ms <= MAX_CLOCK_AHEAD_MS ? ms : null;
}

function reason(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'the token has expired';
  if (error instanceof errors.JWSSignatureVerificationFailed) return "the token's signature is not valid";
  if (error instanceof errors.JOSEAlgNotAllowed) return 'the token is signed with an algorithm that is not allowed';
  if (error instanceof errors.JWKSNoMatchingKey) return 'the token is signed with an unknown key';
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.reason === 'missing' || error.reason === 'invalid')
      return `the token's claim "${error.claim}" is missing or does not fit`;
    switch (error.claim) {
      case 'nbf':
        return 'the token is not valid yet';
      case 'iss':
        return 'the token is from another issuer';
      case 'aud':
        return 'the token is for another audience';
      default:
        return `the token's claim "${error.claim}" does not fit`;
    }
  }
  return 'the token is malformed';
}
