import { SignJWT } from 'jose';
import type { Deployment } from './deployment.js';
import { until } from './conditions.js';
import type { MadangProcess } from './madang.js';
import pg from 'pg';

export interface WireError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: { readonly code: string; readonly field?: string; readonly [name: string]: unknown };
}

export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly data: T | null | undefined;
  readonly errors: readonly WireError[];
  /** The body as it came. */
  readonly text: string;
}

/**
 * A user of the API who sees every byte: for requests that applications do not send, and details that their libraries
 * hide.
 */
export interface WireUser {
  readonly url: string;
  readonly token: string;
  readonly userId: string;
  ask<T = Record<string, unknown>>(
    query: string,
    variables?: Record<string, unknown>,
    headers?: Record<string, string>,
  ): Promise<Answer<T>>;
}

/** POST /graphql with any body. */
export async function post<T = Record<string, unknown>>(
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Answer<T>> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  return answerOf<T>(response);
}

export async function answerOf<T = Record<string, unknown>>(response: Response): Promise<Answer<T>> {
  const text = await response.text();
  const body = (text.startsWith('{') ? JSON.parse(text) : {}) as { data?: T | null; errors?: readonly WireError[] };
  return { status: response.status, headers: response.headers, data: body.data, errors: body.errors ?? [], text };
}

export const wireUser = (url: string, token: string, userId: string): WireUser => ({
  url,
  token,
  userId,
  ask: (query, variables = {}, headers = {}) =>
    post(url, JSON.stringify({ query, variables }), { authorization: `Bearer ${token}`, ...headers }),
});

export async function signInOnWire(url: string, handle: string): Promise<WireUser> {
  const query = 'mutation ($handle: String!) { signIn(handle: $handle) { token user { id } } }';
  const { data, text } = await post<{ signIn: { token: string; user: { id: string } } }>(
    url,
    JSON.stringify({ query, variables: { handle } }),
  );
  if (!data) throw new Error(`signing in answered ${text}`);
  return wireUser(url, data.signIn.token, data.signIn.user.id);
}

/** The first error's code, or a text for its absence, so that a table of answers can be read. */
export const codeOf = ({ errors }: Pick<Answer, 'errors'>): string => errors[0]?.extensions.code ?? 'no error';

export interface WireReceipt {
  readonly commandId: string;
  readonly status: string;
  readonly position: string | null;
  readonly rejection: { readonly code: string; readonly message: string } | null;
}

const RECEIPT = 'receipt { commandId status position rejection { code message } }';
const INPUTS: Readonly<Record<string, string>> = { addReaction: 'ReactionInput', removeReaction: 'ReactionInput' };
const SELECTIONS: Readonly<Record<string, string>> = {
  createRoom: 'room { id }',
  sendMessage: 'message { id seq body }',
};

export interface Commanded {
  readonly receipt: WireReceipt;
  readonly room?: { readonly id: string } | null;
  readonly message?: { readonly id: string; readonly seq: number; readonly body: string } | null;
}

/** A command mutation by its name. */
export async function command(
  user: WireUser,
  name: string,
  input: Record<string, unknown>,
  waitFor = 'DECIDED',
  headers: Record<string, string> = {},
) {
  const type = INPUTS[name] ?? `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
  const query =
    `mutation ($input: ${type}!, $waitFor: CommandStage) { ${name}(input: $input, waitFor: ` +
    `$waitFor) { ${RECEIPT} ${SELECTIONS[name] ?? ''} } }`;
  const answer = await user.ask<Record<string, Commanded>>(query, { input, waitFor }, headers);
  return { ...answer, result: answer.data?.[name] ?? null };
}

/**
 * The end of a command: SUCCEEDED or ACCEPTED, the code of its rejection, or that of the error that kept it from being
 * sent.
 */
export const endOf = ({
  result,
  errors,
}: {
  readonly result: Commanded | null;
  readonly errors: readonly WireError[];
}): string => (result ? (result.receipt.rejection?.code ?? result.receipt.status) : codeOf({ errors }));

/** For the arrangement of a test: the command has to succeed. */
export async function commanded(
  user: WireUser,
  name: string,
  input: Record<string, unknown>,
  waitFor = 'DECIDED',
): Promise<Commanded> {
  const { result, text } = await command(user, name, input, waitFor);
  if (result?.receipt.status !== 'SUCCEEDED') throw new Error(`${name} answered ${text}`);
  return result;
}

/** Reads one of a deployment's secret settings: the keys of its tokens and positions. */
export async function secretOf({ env }: Pick<Deployment, 'env'>, name: 'token_key' | 'seal_key'): Promise<Buffer> {
  const client = new pg.Client({ connectionString: env.DATABASE_URL });
  await client.connect();
  try {
    const { rows } = await client.query<{ value: string }>('SELECT value FROM settings WHERE name = $1', [name]);
    return Buffer.from(rows[0]!.value, 'base64');
  } finally {
    await client.end();
  }
}

/** A development token with any claims, signed with any key. */
export const forgeToken = (
  key: Uint8Array,
  claims: Record<string, unknown>,
  expires?: number | string,
): Promise<string> => {
  const token = new SignJWT({ iss: 'madang-dev', ...claims }).setProtectedHeader({ alg: 'HS256' });
  return (expires === undefined ? token : token.setExpirationTime(expires)).sign(key);
};

export const secondsFromNow = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;

/** Checks that a process is the one that was started, serves, and has no unexpected error in its log. */
export async function expectUnharmed(madang: MadangProcess): Promise<void> {
  expect(process.kill(madang.pid, 0)).toBe(true);
  const ready = await fetch(`${madang.url}/readyz`);
  expect({ status: ready.status, body: await ready.json() }).toEqual({
    status: 200,
    body: { ready: true, reasons: [] },
  });
  expect(madang.log.filter(({ level }) => level === 'error' || level === 'fatal').map(({ text }) => text)).toEqual([]);
  expect(madang.log.filter(({ text }) => /unhandled|uncaught|deprecat/i.test(text)).map(({ text }) => text)).toEqual(
    [],
  );
}

/** Checks that an ordinary user is still served: writes, and reads the message. */
export async function expectServed(user: WireUser, roomId: string): Promise<void> {
  const body = `still here at ${Date.now()}`;
  const { message } = await commanded(user, 'sendMessage', { roomId, body });
  await until(async () => {
    const { data } = await user.ask<{ room: { lastMessage: { id: string; body: string } } }>(
      'query ($id: ID!) { room(id: $id) { lastMessage { id body } } }',
      { id: roomId },
    );
    return data?.room.lastMessage.id === message!.id && data.room.lastMessage.body === body;
  }, 'what was written can be read');
}
