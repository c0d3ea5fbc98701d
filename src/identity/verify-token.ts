import { errors, jwtVerify } from 'jose';
import type { JWTVerifyGetKey, JWTVerifyOptions } from 'jose';
import { z } from 'zod';
import { handle, name } from '../commands/text.js';
import { ERASED_USER, userId } from '../events/ids.js';
import type { Identity } from './identity.js';
import { InvalidTokenError } from './identity.js';

/** A token of an identity provider has some hundred bytes; more is work that a stranger makes. */
const MAX_TOKEN_LENGTH = 8 * 1024;

const claims = z.object({
  sub: z
    .string()
    .regex(/^[^\s\p{C}]{1,128}$/u)
    .refine((sub) => sub !== ERASED_USER),
  handle,
  name: name.optional(),
  // An identity provider has roles of its own: those that mean nothing here are none here.
  roles: z.array(z.unknown()).default([]),
  exp: z.number().max(8_640_000_000_000),
});

/** What a token says, once its signature and times are checked. */
export async function verifyToken(token: string, key: JWTVerifyGetKey, options: JWTVerifyOptions): Promise<Identity> {
  if (token.length > MAX_TOKEN_LENGTH) throw new InvalidTokenError('the token is too long');
  const { payload } = await jwtVerify(token, key, { ...options, requiredClaims: ['exp'] }).catch((error: unknown) => {
    throw error instanceof errors.JOSEError ? new InvalidTokenError(reason(error), { cause: error }) : error;
  });
  const read = claims.safeParse(payload);
  if (!read.success) throw new InvalidTokenError(`the token's claim "${String(read.error.issues[0]?.path[0])}" is missing or does not fit`);
  const { sub, exp, roles, ...user } = read.data;
  return {
    userId: userId(sub),
    handle: user.handle,
    name: user.name ?? user.handle,
    roles: roles.includes('admin') ? ['admin'] : [],
    expiresAt: new Date(exp * 1000),
  };
}

/** For HS256. Imported once: otherwise that is done for every token, and takes as long as checking it. */
export function secretKey(secret: Uint8Array<ArrayBuffer>): JWTVerifyGetKey {
  const key = crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
  // One that cannot be imported is told by each token, and must not end the process before.
  key.catch(() => undefined);
  return () => key;
}

function reason(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'the token has expired';
  if (error instanceof errors.JWSSignatureVerificationFailed) return "the token's signature is not valid";
  if (error instanceof errors.JOSEAlgNotAllowed) return 'the token is signed with an algorithm that is not allowed';
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) return 'the token is signed with an unknown key';
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.reason === 'missing' || error.reason === 'invalid') return `the token's claim "${error.claim}" is missing or does not fit`;
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
