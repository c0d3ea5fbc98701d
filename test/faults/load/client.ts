import { setTimeout as delay } from 'node:timers/promises';
import { answerOf } from '../../support/wire.js';
import type { Credentials, History } from './history.js';
import { countAgain } from './history.js';

export interface LoadContext {
  readonly history: History;
  /** Every server of the API, also those that are down just now. */
  readonly apis: () => readonly string[];
  /** 0 … 1, the next one each time. */
  readonly random: () => number;
  /** No new work from here on; what was begun is brought to its end. */
  readonly closing: AbortSignal;
  /** Ends whatever is still being tried. */
  readonly over: AbortSignal;
}

/**
 * The codes that a client may be answered with whatever goes wrong, because they say that the same will be taken later.
 * INTERNAL is none of them: it says that the program did not know what befell it, and what befalls it here is what it
 * was made for.
 */
const PASSING = new Set(['UNAVAILABLE', 'TOO_MANY_REQUESTS', 'ROOM_HOT', 'SUBSCRIPTION_LAGGED']);

/** A server may be paused for long, but not for so long. */
const ANSWER_MS = 30_000;

export const pick = <T>(values: readonly T[], random: () => number): T => values[Math.floor(random() * values.length)]!;

export const rest = (random: () => number, low: number, high: number): Promise<void> =>
  delay(low + (high - low) * random());

/** Does it with each of them, a few at a time: what is asked for at the end must not be a flood of its own. */
export async function inLanes<T>(
  values: readonly T[],
  lanes: number,
  work: (value: T) => Promise<void>,
): Promise<void> {
  const left = values.values();
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (const value of left) await work(value);
    }),
  );
}

/** The codes of an answer with errors; an error without one is none that the program knows. */
export const codesOf = (errors: readonly { readonly extensions?: { readonly code?: unknown } }[]): readonly string[] =>
  errors.map(({ extensions }) => (typeof extensions?.code === 'string' ? extensions.code : 'no code'));

export const isPassing = (codes: readonly string[]): boolean => codes.every((code) => PASSING.has(code));

export type Reply<T> =
  | { readonly kind: 'answer'; readonly data: T }
  /** Nothing was decided by it. */
  | { readonly kind: 'again' }
  /** Refused with these codes, which a healthy program gives for a reason. */
  | { readonly kind: 'refused'; readonly codes: readonly string[]; readonly text: string };

/** One request to one server. What may pass is counted and is to be tried again. */
export async function ask<T>(
  { history, over }: LoadContext,
  url: string,
  { token }: Pick<Credentials, 'token'>,
  query: string,
  variables: Record<string, unknown>,
): Promise<Reply<T>> {
  try {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.any([over, AbortSignal.timeout(ANSWER_MS)]),
    });
    const { data, errors, text, status } = await answerOf<T>(response);
    if (errors.length === 0 && data) return { kind: 'answer', data };
    if (errors.length === 0) return { kind: 'refused', codes: [`status ${status}`], text };
    const codes = codesOf(errors);
    if (!isPassing(codes)) return { kind: 'refused', codes, text };
    for (const code of codes) countAgain(history, code);
    return { kind: 'again' };
  } catch (error) {
    // fetch has one error for everything that befalls a connection. By name: under Jest it is of another realm's class.
    const { name } = error as Error;
    if (!['TypeError', 'TimeoutError', 'AbortError'].includes(name)) throw error;
    countAgain(history, name === 'TimeoutError' ? 'no answer' : 'connection lost');
    return { kind: 'again' };
  }
}

/**
 * Asks, any server, until there is an answer. Undefined: the run is over, or it was refused, which is put down as
 * wrong, unless the position that it names is `gone`.
 */
export async function insist<T>(
  context: LoadContext,
  who: Pick<Credentials, 'token'>,
  query: string,
  variables: Record<string, unknown>,
  what: string,
  gone: () => boolean = () => false,
): Promise<T | undefined> {
  const { apis, random, over, history } = context;
  for (; !over.aborted; await rest(random, 50, 250)) {
    const reply = await ask<T>(context, pick(apis(), random), who, query, variables);
    if (reply.kind === 'answer') return reply.data;
    if (reply.kind === 'refused') {
      if (reply.codes.every((code) => code === 'POSITION_GONE') && gone()) return undefined;
      history.wrong.push(`${what} was refused with ${reply.codes.join(', ')}: ${reply.text.slice(0, 400)}`);
      return undefined;
    }
  }
  return undefined;
}
