import { projectionOf } from '../admin/dead-letters.js';
import type { DeadLetterRecord } from '../engine/store/dead-letter-admin.js';
import { offset } from '../engine/domain/ids.js';
import { commandRecord } from '../engine/log/command-json.js';
import { checkpointName } from '../engine/log/command-log.js';
import type { Projection } from '../engine/projector/projection.js';
import { postgresProjections, redisProjections } from '../projections/registry.js';
import { QUEUES } from '../wiring/log.js';

const REASON_WIDTH = 100;
const ALL: readonly Projection[] = [...postgresProjections, ...redisProjections];

/** The sources of dead letters: a queue of either engine, or a read model. */
export const SOURCES: readonly string[] = [
  ...(['postgres', 'kafka'] as const).flatMap((engine) => QUEUES.map((queue) => checkpointName({ engine, queue }))),
  ...ALL.map(({ name }) => `projection:${name}`),
];

/** Such as `3h`. */
export function ageOf(since: Date, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - since.getTime()) / 1_000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)}h` : `${Math.floor(seconds / 86_400)}d`;
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

const shortened = (text: string): string => (text.length > REASON_WIDTH ? `${text.slice(0, REASON_WIDTH - 1)}…` : text);

export const LETTER_HEADINGS = ['id', 'age', 'state', 'source', 'partition', 'place', 'key', 'reason'] as const;

export const deadLetterRow = (letter: DeadLetterRecord, now: Date): readonly (string | number)[] => [
  letter.id,
  ageOf(letter.at, now),
  letter.requestedAt ? 'requested' : letter.state,
  letter.source,
  letter.partition,
  letter.place,
  letter.key ?? '–',
  shortened(oneLine(letter.reason)),
];

const INDENT = `\n${' '.repeat(16)}`;

/** For the operator who reads the letter. */
function nextStepOf(letter: DeadLetterRecord): string {
  const { id } = letter;
  if (projectionOf(letter)) return `correct the cause, then dead retry ${id}; dead drop ${id} skips the event for good`;
  const record = commandRecord(offset(letter.place), letter.key, letter.payload, null);
  return 'command' in record
    ? `correct the cause, then dead retry ${id}: it says whether the command has a receipt already`
    : `it is no command, and nobody waits for it: find out who wrote it, then dead drop ${id}`;
}

export function deadLetterText(letter: DeadLetterRecord, parkedBehind: number): string {
  const lines: readonly (readonly [string, string | number | null | undefined])[] = [
    ['id', letter.id],
    ['state', letter.state],
    ['source', letter.source],
    ['partition', letter.partition],
    ['place', letter.place],
    ['key', letter.key],
    ['stream', letter.stream],
    ['recorded', letter.recordedAt?.toISOString()],
    ['stored', letter.at.toISOString()],
    ['retried', letter.tries === 0 ? null : `${letter.tries} times, last at ${letter.triedAt?.toISOString()}`],
    ['requested', letter.requestedAt?.toISOString()],
    ['closed', letter.closedAt?.toISOString()],
    [
      'waiting behind',
      projectionOf(letter) && letter.state === 'waiting' ? `${parkedBehind} events of the same key` : null,
    ],
    ['reason', letter.reason.replaceAll('\n', INDENT)],
    ['payload', letter.payload],
    ['next', letter.state === 'waiting' ? nextStepOf(letter) : null],
  ];
  return lines
    .flatMap(([name, value]) => (value === null || value === undefined ? [] : [`${name.padEnd(16)}${value}\n`]))
    .join('');
}
