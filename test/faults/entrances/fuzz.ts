import { setTimeout as pause } from 'node:timers/promises';
import { newRoom, openBystander, signedIn } from './bystander.js';
import { httpAttack, sseAttack } from './http-attacks.js';
import type { Random } from './random.js';
import { randomFrom } from './random.js';
import { webSocketAttack } from './websocket-attacks.js';

/** Of whom the fuzz is: a server, and a room full of long messages that the attacker is a member of. */
export interface Target {
  readonly url: string;
  readonly token: string;
  readonly roomId: string;
}

/** One attack. @returns what the server said */
type Attack = (random: Random, target: Target) => Promise<string>;

export const ENTRANCES = { http: httpAttack, websocket: webSocketAttack, sse: sseAttack } as const satisfies Readonly<Record<string, Attack>>;
export type Entrance = keyof typeof ENTRANCES;
export const entrances = Object.keys(ENTRANCES) as readonly Entrance[];

export interface FuzzOptions {
  readonly entrance: Entrance;
  readonly url: string;
  readonly seed: number;
  /** How long the attackers attack. */
  readonly ms: number;
  readonly isAlive: () => boolean;
}

export interface FuzzResult {
  readonly attacks: number;
  /** 99 of 100 requests of a bystander took at most so long, in milliseconds: before, and meanwhile. */
  readonly quietP99: number;
  readonly p99: number;
  readonly broken: readonly string[];
}

export const fuzzReport = ({ attacks, quietP99, p99, broken }: FuzzResult): string =>
  [`${attacks} attacks; 99 of 100 requests of another client took up to ${p99.toFixed(0)} ms, ${quietP99.toFixed(0)} before`, ...broken.map((what) => `BROKEN ${what}`)].join('\n');

const ATTACKERS = 4;
const QUIET_MS = 3_000;
/** A bystander's requests may take so many times as long as without attackers, and in any case as long as a busy machine may take for anything. */
const FACTOR = 10;
const NOISE_MS = 500;
/** What no client may be able to bring a server to. */
const FAULTS: readonly RegExp[] = [/"code":"INTERNAL"/, /HTTP\/1\.1 5(?!03)\d\d/, /closed (?:4500|1011)/];

/** Lets attackers have their way with one entrance, with a bystander on the same server. The same seed has the same attacks. */
export async function fuzzEntrance({ entrance, url, seed, ms, isAlive }: FuzzOptions): Promise<FuzzResult> {
  const broken: string[] = [];
  await using bystander = await openBystander(url);
  const target = await openTarget(url);
  const quiet = await bystander.live(AbortSignal.timeout(QUIET_MS));

  const over = AbortSignal.timeout(ms);
  let attacks = 0;
  const attacker = async (index: number): Promise<void> => {
    for (let number = 0; !over.aborted && isAlive(); number++) {
      // Each by a seed of its own, so that one can be had again alone.
      const own = seed + index * 1_000_000 + number;
      const said = await ENTRANCES[entrance](randomFrom(own), target);
      attacks++;
      const fault = FAULTS.map((pattern) => pattern.exec(said)).find((found) => found !== null);
      if (fault) broken.push(`attack ${own} was answered with ${said.slice(Math.max(0, fault.index - 300), fault.index + 200)}`);
    }
  };
  const [took] = await Promise.all([bystander.live(over), ...Array.from({ length: ATTACKERS }, (_, index) => attacker(index))]);

  // What attackers left behind may still be under way.
  await pause(200);
  if (isAlive()) broken.push(...(await bystander.broken()));
  else broken.push('the process has ended');
  const [quietP99, p99] = [p99Of(quiet), p99Of(took)];
  const limit = Math.max(FACTOR * quietP99, NOISE_MS);
  if (p99 > limit) broken.push(`99 of 100 requests of another client took up to ${p99.toFixed(0)} ms, ${quietP99.toFixed(0)} without attackers: ${limit.toFixed(0)} are allowed`);
  return { attacks, quietP99, p99, broken };
}

const p99Of = (took: readonly number[]): number => took.toSorted((a, b) => a - b)[Math.ceil(took.length * 0.99) - 1] ?? Infinity;

const LONG = 'x'.repeat(4_000);

async function openTarget(url: string): Promise<Target> {
  const ask = await signedIn(url, 'mallory');
  const { token } = ask as typeof ask & { readonly token: string };
  const roomId = await newRoom(ask, 'noise');
  for (let index = 0; index < 100; index += 10) {
    await Promise.all(
      Array.from({ length: 10 }, () => ask('mutation ($input: SendMessageInput!) { sendMessage(input: $input) { receipt { status } } }', { input: { roomId, body: LONG } })),
    );
  }
  return { url, token, roomId };
}
