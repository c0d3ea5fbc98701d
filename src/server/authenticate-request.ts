import type { IncomingMessage } from 'node:http';
import { authenticate } from './identity/authenticate.js';
import type { Identity, TokenVerifier } from './identity/identity.js';

const answers = new WeakMap<IncomingMessage, Promise<Identity | null>>();

/**
 * Who sends a request, told once a request: what a handler was told, the next one that gets the request is told again,
 * without asking the identity provider a second time. Throws as `authenticate` does.
 */
export function authenticateRequest(verifier: TokenVerifier, request: IncomingMessage): Promise<Identity | null> {
  const known = answers.get(request);
  if (known) return known;
  const answer = authenticate(verifier, request.headers.authorization);
  answers.set(request, answer);
  return answer;
}
