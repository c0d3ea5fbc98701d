import { seeded } from '../../support/simulated-database.js';

/** The random source of an attack: the same values for the same seed. */
export interface Random {
  below(count: number): number;
  one<T>(of: readonly T[]): T;
  chance(part: number): boolean;
  /** Any bytes. */
  bytes(length: number): Buffer;
  /** Text in many scripts, with the special characters of JSON, GraphQL and HTTP. */
  text(length: number): string;
}

const PIECES = [
  'a',
  '{',
  '}',
  '"',
  '\\',
  '$',
  '@',
  '...',
  '#',
  '\n',
  '\r\n',
  '\0',
  '\u2028',
  '가',
  '😀',
  '\uD800',
  '__proto__',
  'null',
  '-1e999',
  '"""',
  '%00',
  ':',
  ' ',
  '[',
  ']',
];

export function randomFrom(seed: number): Random {
  const next = seeded(seed);
  const below = (count: number): number => Math.floor(next() * count);
  const one = <T>(of: readonly T[]): T => of[below(of.length)]!;
  return {
    below,
    one,
    chance: (part) => next() < part,
    bytes: (length) => Buffer.from(Array.from({ length }, () => below(256))),
    text: (length) => Array.from({ length }, () => one(PIECES)).join(''),
  };
}
