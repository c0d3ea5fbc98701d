import type { Target } from './fuzz.js';
import { hostileOperation } from './hostile-operations.js';
import type { Random } from './random.js';
import { exchange } from './raw-connection.js';

type Path = '/graphql' | '/graphql/stream';
type Attack = (random: Random, target: Target, path: Path) => Promise<string>;

const ANSWERED = /HTTP\/1\.1 \d{3}[^]*?\r\n\r\n/;

/** In development mode a server refuses requests with another host. */
const hostOf = ({ url }: Target): string => new URL(url).host;

const head = (random: Random, target: Target, path: string, more: readonly string[]): string =>
  [
    `POST ${path} HTTP/1.1`,
    `Host: ${hostOf(target)}`,
    `Accept: ${path.endsWith('stream') ? 'text/event-stream' : '*/*'}`,
    'Content-Type: application/json',
    ...(random.chance(0.7) ? [`Authorization: Bearer ${target.token}`] : []),
    ...more,
    '',
    '',
  ].join('\r\n');

const whole = (random: Random, target: Target, path: string, body: string | Buffer): readonly (string | Buffer)[] => [
  head(random, target, path, [`Content-Length: ${Buffer.byteLength(body)}`]),
  body,
];

const chunked = (random: Random, target: Target, path: string, body: string): readonly string[] => {
  const size = 1 + random.below(30_000);
  const parts = body.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
  return [
    head(random, target, path, ['Transfer-Encoding: chunked']),
    ...parts.map((part) => `${Buffer.byteLength(part).toString(16)}\r\n${part}\r\n`),
    '0\r\n\r\n',
  ];
};

const said = async (
  target: Target,
  parts: readonly (string | Buffer)[],
  options: Parameters<typeof exchange>[2] = {},
): Promise<string> => (await exchange(target.url, parts, options)).text;

const bodyOf = (random: Random, target: Target): string => JSON.stringify(hostileOperation(random, target));

const attacks: readonly Attack[] = [
  (random, target, path) => said(target, whole(random, target, path, bodyOf(random, target)), { enough: ANSWERED }),
  (random, target, path) => said(target, chunked(random, target, path, bodyOf(random, target)), { enough: ANSWERED }),
  // Bodies that are not JSON, not UTF-8, or no operation.
  (random, target, path) =>
    said(
      target,
      whole(
        random,
        target,
        path,
        random.one([
          random.bytes(random.below(2_000)),
          bodyOf(random, target).slice(0, random.below(200)),
          random.text(200),
          '[]',
          'null',
          '"x"',
          '{"query":',
        ]),
      ),
      { enough: ANSWERED },
    ),
  (random, target, path) =>
    said(
      target,
      whole(
        random,
        target,
        path,
        `[${Array.from({ length: 1 + random.below(50) }, () => '{"query":"{ me { id } }"}').join(',')}]`,
      ),
      { enough: ANSWERED },
    ),
  // Wrong lengths.
  (random, target, path) =>
    said(target, [
      head(random, target, path, [
        `Content-Length: ${random.one(['-1', '1e3', '99999999999', '10, 20', '0x10', '5'])}`,
      ]),
      '{"query":"{ me { id } }"}',
    ]),
  (random, target, path) =>
    said(target, [
      head(random, target, path, [
        'Content-Length: 30',
        random.one(['Content-Length: 40', 'Transfer-Encoding: chunked']),
      ]),
      '0\r\n\r\n{"query":"{ me { id } }"}',
    ]),
  (random, target, path) =>
    said(target, [
      head(random, target, path, ['Transfer-Encoding: chunked']),
      random.one(['zz\r\n', `5;${'x'.repeat(20_000)}\r\n`, 'fffffffff\r\nx', '-1\r\n\r\n']),
    ]),
  // Input that is not HTTP.
  (random, target) => said(target, [random.bytes(1 + random.below(2_000))]),
  (random, target, path) =>
    said(target, [
      `${random.one(['POST', 'GET', 'PUT', 'OPTIONS', 'X'.repeat(200), 'PRI'])} ` +
        `${random.one([path, '*', '//', `/${'%2e'.repeat(500)}`, '/\0', `/${'x'.repeat(20_000)}`])} ` +
        `HTTP/${random.one(['1.1', '1.0', '2.0', '9'])}\r\nHost: ` +
        `${random.one([hostOf(target), 'x', '', random.text(5)])}\r\n\r\n`,
    ]),
  (random, target, path) =>
    said(target, [
      `POST ${path} HTTP/1.1\r\nHost: ` +
        `${hostOf(target)}\r\n` +
        `${Array.from({ length: random.below(3_000) }, (_, index) => `X-${index}: ${index}`).join('\r\n')}\r\n\r\n`,
    ]),
  // Headers that the server reads.
  (random, target, path) =>
    said(
      target,
      [
        `POST ${path} HTTP/1.1\r\nHost: ${hostOf(target)}\r\nContent-Type: ` +
          random.one([
            'application/json',
            'application/json; charset=utf-16',
            'text/plain',
            'multipart/form-data',
            ';',
          ]) +
          '\r\nAccept: ' +
          `${random.one(['*/*', 'text/event-stream', 'x', ','.repeat(2_000), 'text/html'])}\r\n` +
          'Authorization: ' +
          random.one([
            'Bearer',
            'Bearer ',
            'Bearer x.y.z',
            `Bearer ${'x'.repeat(10_000)}`,
            'Basic Og==',
            `Bearer ${target.token}x`,
          ]) +
          `\r\nContent-Encoding: ${random.one(['identity', 'gzip', 'br', 'x'])}\r\ntraceparent: ` +
          `${random.one(['x', '00-0-0-0'])}\r\nContent-Length: 12\r\n\r\n{"query":""}`,
      ],
      { enough: ANSWERED },
    ),
  (random, target, path) =>
    said(target, [
      head(random, target, path, ['Expect: 100-continue', 'Content-Length: 26']),
      '{"query":"{ __typename }"}',
    ]),
  (random, target, path) =>
    said(target, [
      `GET ${path} HTTP/1.1\r\nHost: ${hostOf(target)}\r\nConnection: Upgrade\r\nUpgrade: ` +
        `${random.one(['h2c', 'websocket', 'x'])}\r\nSec-WebSocket-Version: ` +
        `${random.below(20)}\r\nSec-WebSocket-Key: x\r\n\r\n`,
    ]),
  // Many at once, unread, or without waiting.
  (random, target, path) =>
    said(
      target,
      Array.from({ length: 2 + random.below(60) }, () =>
        whole(random, target, path, '{"query":"{ me { id } }"}'),
      ).flat(),
    ),
  (random, target, path) =>
    said(
      target,
      Array.from({ length: 1 + random.below(4) }, () =>
        whole(
          random,
          target,
          path,
          JSON.stringify({ query: `{ room(id: "${target.roomId}") { messages(last: 100) { nodes { body } } } }` }),
        ),
      ).flat(),
      { reads: false },
    ),
  (random, target, path) => said(target, whole(random, target, path, bodyOf(random, target)), { breaksOff: true }),
  (random, target, path) =>
    said(target, [head(random, target, path, ['Content-Length: 5000']), bodyOf(random, target).slice(0, 1_000)], {
      breaksOff: true,
    }),
];

export const httpAttack = (random: Random, target: Target): Promise<string> =>
  random.one([attacks[0]!, attacks[1]!, random.one(attacks)])(random, target, '/graphql');

/** The same at the entrance for streams, half of them with valid stream requests. */
export function sseAttack(random: Random, target: Target): Promise<string> {
  if (random.chance(0.5)) return random.one(attacks)(random, target, '/graphql/stream');
  const body = JSON.stringify({
    query:
      `subscription { roomEvents(roomId: "${target.roomId}") { position ... on MessagePosted ` +
      '{ message { ' +
      `${Array.from({ length: random.below(20) }, (_, index) => `b${index}: body`).join(' ')} id } } } }`,
  });
  return said(
    target,
    whole(random, target, '/graphql/stream', body),
    random.one([{ reads: false }, { breaksOff: true }, {}]),
  );
}
