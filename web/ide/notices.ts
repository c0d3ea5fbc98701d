import type { ExecutionResult } from 'graphql';
import type { Notice } from './executions.js';
import { signsInByHandle } from './settings.js';

/** Where the token of an operation comes from. */
export type TokenOrigin = 'sign-in' | 'headers' | null;

/** The server closes a WebSocket with it when the token is refused, or has expired. */
const FORBIDDEN = 4403;
/** The server went away, or the connection broke without a close frame. */
const LOST = new Set([1001, 1005, 1006, 1012]);

const remedy = (): string => (signsInByHandle() ? 'run SignIn' : 'put one of your identity provider under Headers');

/** An operation, or its connection, was refused for its token. */
export function tokenNotice(origin: TokenOrigin): Notice {
  const text =
    origin === 'headers'
      ? 'The Authorization under Headers is refused: correct it, or remove it and sign in.'
      : origin === 'sign-in'
        ? `The token of this page has expired or is refused: ${remedy()}.`
        : `This needs a token: ${remedy()}.`;
  return { text, signInHelps: origin !== 'headers' };
}

export const needsOtherToken = ({ errors }: ExecutionResult): boolean =>
  errors?.some(({ extensions }) => extensions?.['code'] === 'UNAUTHENTICATED') ?? false;

export const isTokenRefusal = (error: unknown): boolean => error instanceof CloseEvent && error.code === FORBIDDEN;

/** A connection that ended, or that was not made. */
export function connectionNotice(error: unknown, received: number): Notice {
  return { text: connectionSentence(error, received), signInHelps: false };
}

function connectionSentence(error: unknown, received: number): string {
  if (error instanceof NoAnswerError) return error.message;
  if (error instanceof CloseEvent && !LOST.has(error.code))
    return `The server has closed the connection: ${(error.reason || `code ${error.code}`).replace(/\.$/, '')}.`;
  return received > 0
    ? 'The connection is lost; the events until then stay here.'
    : 'The server cannot be reached: start it, or wait for it, then execute again.';
}

/** An HTTP answer that is no GraphQL response. */
export class NoAnswerError extends Error {}
