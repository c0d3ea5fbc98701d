import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { IHeaders, Message } from 'kafkajs';
import { partitionOf } from '../../../src/engine/log/partitioning.js';
import type { Target } from './fuzz.js';
import type { Random } from './random.js';
import type { Stranger, TopicName } from './stranger.js';
import { CODECS } from './stranger.js';

/** The default number of partitions. */
const PARTITIONS = 6;
/** Few records: the capacity of a partition is not tested here. */
const MOST = 12;
const BETWEEN_MS = 100;

type Record = Message & { readonly partition: number };

/** A well-formed command: of a user who is in no room, for a room that may not exist. */
function command(random: Random, { roomId }: Target): { readonly key: string; readonly value: object } {
  const room = random.chance(0.5) ? roomId : randomUUID();
  const [type, key, data] = random.one<readonly [string, string, unknown]>([
    ['SendMessage', room, { roomId: room, body: random.text(20) }],
    ['JoinRoom', room, { roomId: room }],
    ['MarkRead', room, { roomId: room, seq: random.below(1e9) }],
    ['RequestGifticon', room, { campaignId: room }],
    ['EraseMember', room, { roomId: room, userId: 'nobody' }],
    ['ClaimHandle', 'handle-x', { handle: random.text(3) }],
    ['NoSuchCommand', room, {}],
    ['constructor', room, {}],
  ]);
  const at = random.one([
    '2020-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
    '2026-02-30T00:00:00Z',
    new Date().toISOString(),
  ]);
  return {
    key,
    value: {
      commandId: randomUUID(),
      type,
      schema: random.one([1, 1, 1, 2, 1e9]),
      key,
      userId: 'stranger',
      traceId: '0'.repeat(32),
      at,
      data,
    },
  };
}

/** The same command with another value in one of its fields. */
function changed(random: Random, value: object): object {
  const names = Object.keys(value);
  return {
    ...value,
    [random.one(names)]: random.one<unknown>([
      null,
      undefined,
      -1,
      1e308,
      '',
      '\0',
      random.text(10),
      [],
      {},
      { __proto__: null },
      'x'.repeat(random.below(5_000)),
      true,
    ]),
  };
}

const headersOf = (random: Random): IHeaders =>
  Object.fromEntries(
    Array.from({ length: random.below(4) }, (_, index) => [
      random.one(['type', 'schema', 'commandId', 'position', 'epoch', 'signature', '__proto__', `h${index}`, '']),
      random.one([random.text(5), '1', 'x'.repeat(random.below(20_000))]),
    ]),
  );

function commandRecord(random: Random, target: Target): Record {
  const { key, value } = command(random, target);
  const right = partitionOf(key, PARTITIONS);
  const partition = random.chance(0.7) ? right : random.below(PARTITIONS);
  const text = JSON.stringify(random.chance(0.5) ? value : changed(random, value));
  const timestamp = random.one([{}, {}, { timestamp: '0' }, { timestamp: '9007199254740993' }, { timestamp: '-5' }]);
  return {
    partition,
    key: random.one([key, key, null, '', random.text(3), 'k'.repeat(random.below(3_000))]),
    value: random.one([
      text,
      text,
      text,
      text.slice(0, random.below(text.length)),
      null,
      '',
      random.bytes(random.below(300)),
      random.text(50),
      `[${text}]`,
      nested(random.below(3_000)),
    ]),
    headers: headersOf(random),
    ...timestamp,
  };
}

const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

/** A stored record of ours, or a changed one. */
function eventRecord(random: Random, { genuine }: Stranger): Record {
  const { key, value, headers } = random.one(genuine);
  const text = String(value);
  const place = String(random.one([1, 7, 1e6, 2 ** 53, -1, 'x']));
  const partition = random.below(PARTITIONS);
  return random.one<Record>([
    { partition, key, value, headers: headers! },
    { partition, key, value, headers: { ...headers, position: place } },
    { partition, key, value, headers: { ...headers, epoch: place } },
    { partition, key, value, headers: { ...headers, signature: random.text(22) } },
    { partition, key, value: text.replace(/"position":\d+/, `"position":${random.below(1e6)}`), headers: headers! },
    {
      partition,
      key,
      value: random.one([null, '', random.bytes(100), random.text(50), nested(random.below(3_000))]),
      headers: random.chance(0.5) ? headers! : headersOf(random),
    },
  ]);
}

/** Small on the wire and large when unpacked. */
const bomb = (random: Random): readonly Record[] => [
  { partition: random.below(PARTITIONS), key: 'bomb', value: Buffer.alloc(random.one([1, 3, 5]) * 2 ** 20) },
];

const manyRecords = (random: Random): readonly Record[] => {
  const partition = random.below(PARTITIONS);
  return Array.from({ length: 50 }, () => ({ partition, key: null, value: null }));
};

function attackOn(topic: TopicName, record: (random: Random, target: Target, stranger: Stranger) => Record) {
  return async (random: Random, target: Target): Promise<string> => {
    const stranger = target.stranger!;
    const records = Array.from({ length: 1 + random.below(MOST) }, () => record(random, target, stranger));
    const what = random.below(20);
    if (what === 0) await stranger.send(topic, bomb(random), random.one(CODECS.slice(1)));
    else if (what === 1) await stranger.send(topic, manyRecords(random), random.one(CODECS));
    else if (what < 5) await stranger.transact(topic, records, random.one(['commit', 'abort', 'abort', 'leave']));
    else await stranger.send(topic, records, random.one(CODECS));
    await pause(BETWEEN_MS);
    return '';
  };
}

export const commandsAttack = attackOn('commands', commandRecord);
export const gifticonsAttack = attackOn('gifticon.requests', commandRecord);
export const eventsAttack = attackOn('events', (random, _target, stranger) => eventRecord(random, stranger));
