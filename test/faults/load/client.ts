import { setTimeout as delay } from 'node:timers/promises';
import { answerOf } from '../../support/wire.js';
import type { Credentials, History } from './history.js';
import { countAgain } from './history.js';

export interface LoadContext {
  readonly history: History;
  /** Every server of the API, including those that are down now. */
  readonly apis: () => readonly string[];
  /** The next random number, 0 … 1. */
  readonly random: () => number;
  /** No new work from here on; begun work is completed. */
  readonly closing: AbortSignal;
  /** Ends all retries. */
  readonly over: AbortSignal;
}

/**
 * The codes that a client may get under any fault, because they allow a retry. INTERNAL is not among them: it means
 * that the program did not expect the fault, and it has to expect the faults of this harness.
 */
const PASSING = new Set(['UNAVAILABLE', 'TOO_MANY_REQUESTS', 'ROOM_HOT', 'SUBSCRIPTION_LAGGED']);

/** No server is paused for this long. */
const ANSWER_MS = 30_000;

export const pick = <T>(values: readonly T[], random: () => number): T => values[Math.floor(random() * values.length)]!;

export const rest = (random: () => number, low: number, high: number): Promise<void> =>
  delay(low + (high - low) * random());

/** Runs the work for each item, a few at a time: the questions at the end must not be a flood. */
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

/** The codes of an answer with errors; an error without a code is unknown to the program. */
export const codesOf = (errors: readonly { readonly extensions?: { readonly code?: unknown } }[]): readonly string[] =>
  errors.map(({ extensions }) => (typeof extensions?.code === 'string' ? extensions.code : 'no code'));

export const isPassing = (codes: readonly string[]): boolean => codes.every((code) => PASSING.has(code));

export type Reply<T> =
  | { readonly kind: 'answer'; readonly data: T }
  /** Nothing was decided by it. */
  | { readonly kind: 'again' }
  /** Refused with these codes, which a healthy program gives for a reason. */
  | { readonly kind: 'refused'; readonly codes: readonly string[]; readonly text: string };

/** One request to one server. Transient failures are counted, for a retry. */
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
    // fetch has one error for every failure of a connection. Compared by name: under Jest the class is of another
    // realm.
    const { name } = error as Error;
    if (!['TypeError', 'TimeoutError', 'AbortError'].includes(name)) throw error;
    countAgain(history, name === 'TimeoutError' ? 'no answer' : 'connection lost');
    return { kind: 'again' };
  }
}

/**
 * Asks any server until there is an answer. Undefined: the run is over, or the request was refused, which is recorded
 * as wrong, unless its position is `gone`.
 */
export async function askUntilAnswered<T>(
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
