import { DEFAULT_CONNECTION_LIMITS } from '../../../src/server/connections/connection-limits.js';
import type { Took } from './bystander.js';
import { newRoom, openBystander, signedIn } from './bystander.js';
import { startControl } from './control.js';
import { httpAttack, sseAttack } from './http-attacks.js';
import type { Random } from './random.js';
import { randomFrom } from './random.js';
import type { Stranger, Topics } from './stranger.js';
import { openStranger } from './stranger.js';
import { commandsAttack, eventsAttack, gifticonsAttack } from './topic-attacks.js';
import { webSocketAttack } from './websocket-attacks.js';

/** The target of the attacks: a server, and a room full of long messages that the attacker is a member of. */
export interface Target {
  readonly url: string;
  readonly token: string;
  readonly roomId: string;
  /** The writer to the topics; only for an entrance that is a topic. */
  readonly stranger?: Stranger;
}

/** The server's settings: the limits that other tests switch off. */
export const LIMITED: Readonly<Record<string, string>> = {
  MADANG_COST_PER_SECOND: String(DEFAULT_CONNECTION_LIMITS.costPerSecond),
};

/** One attack. @returns the server's output */
type Attack = (random: Random, target: Target) => Promise<string>;

export const ENTRANCES = {
  http: httpAttack,
  websocket: webSocketAttack,
  sse: sseAttack,
  commands: commandsAttack,
  gifticons: gifticonsAttack,
  events: eventsAttack,
} as const satisfies Readonly<Record<string, Attack>>;
export type Entrance = keyof typeof ENTRANCES;
export const entrances = Object.keys(ENTRANCES) as readonly Entrance[];

/** Whether it is a topic: then the log has to be Kafka. */
export const isTopic = (entrance: Entrance): boolean => ['commands', 'gifticons', 'events'].includes(entrance);

export interface FuzzOptions {
  readonly entrance: Entrance;
  readonly url: string;
  readonly seed: number;
  /** The duration of the attacks. */
  readonly ms: number;
  readonly isAlive: () => boolean;
  /** For an entrance that is one of them. */
  readonly topics?: Topics;
}

export interface FuzzResult {
  readonly attacks: number;
  /** The p99 of the bystander's requests in milliseconds: without attackers, and during the attacks. */
  readonly quietP99: number;
  readonly p99: number;
  /** The same from a server that nobody attacks, during the attacks: attackers, too, use the machine's processors. */
  readonly controlP99: number;
  readonly broken: readonly string[];
}

export const fuzzReport = ({ attacks, quietP99, p99, controlP99, broken }: FuzzResult): string =>
  [
    `${attacks} attacks; 99 of 100 requests of another client took up to ${p99.toFixed(0)} ms, ` +
      `${quietP99.toFixed(0)} without attackers; those to another server ${controlP99.toFixed(0)}`,
    ...broken.map((what) => `BROKEN ${what}`),
  ].join('\n');

const ATTACKERS = 4;
/** Few writers: they compress their records in the process that also measures. */
const STRANGERS = 2;
/** Quiet and attacks take turns, so that other load on the machine slows both alike. */
const QUIET_MS = 1_000;
const ATTACK_MS = 3_000;
/** The bystander's requests in each turn, at any speed of the machine: a p99 needs more than a few. */
const MIN_QUIET = 40;
const MIN_ATTACKED = 80;
/** The allowed factor on the duration of a bystander's requests. */
const FACTOR = 10;
/** Below this duration the factor means nothing: one time slice given to another process. */
const NOISE_MS = 10;
/** An answer of GraphQL itself, to input that reached it; or a refusal because it cost too much. */
const SERVED = /"data":|"code":"(?:GRAPHQL_|BAD_USER_INPUT)|cost more than one/;
/** Outputs that no client may cause. */
const FAULTS: readonly RegExp[] = [/"code":"INTERNAL"/, /HTTP\/1\.1 5(?!03)\d\d/, /closed (?:4500|1011)/];

/** Runs attackers against one entrance, with a bystander on the same server. The same seed gives the same attacks. */
export async function fuzzEntrance({ entrance, url, seed, ms, isAlive, topics }: FuzzOptions): Promise<FuzzResult> {
  const broken: string[] = [];
  await using control = await startControl();
  await using bystander = await openBystander(url, control, isAlive);
  const room = await openTarget(url);
  await using stranger = topics ? await openStranger(topics) : null;
  const target: Target = { ...room, ...(stranger ? { stranger } : {}) };

  const done = Array.from({ length: isTopic(entrance) ? STRANGERS : ATTACKERS }, () => 0);
  let served = 0;
  const attacker = async (index: number, over: () => boolean): Promise<void> => {
    while (!over() && isAlive()) {
      // Each attack has a seed of its own, so that it can be repeated alone.
      const own = seed + index * 1_000_000 + done[index]!++;
      const said = await ENTRANCES[entrance](randomFrom(own), target);
      if (SERVED.test(said)) served++;
      const fault = FAULTS.map((pattern) => pattern.exec(said)).find((found) => found !== null);
      if (fault)
        broken.push(`attack ${own} was answered with ${said.slice(Math.max(0, fault.index - 300), fault.index + 200)}`);
    }
  };
  const attacked = async (): Promise<Took> => {
    let over = false;
    const attackers = Promise.all(done.map((_done, index) => attacker(index, () => over)));
    const took = await bystander.live(after(ATTACK_MS), MIN_ATTACKED);
    over = true;
    await attackers;
    return took;
  };

  const quiet: Took[] = [];
  const meanwhile: Took[] = [];
  for (let turn = 0; turn < Math.max(1, Math.round(ms / (QUIET_MS + ATTACK_MS))) && isAlive(); turn++) {
    quiet.push(await bystander.live(after(QUIET_MS), MIN_QUIET));
    meanwhile.push(await attacked());
  }

  const attacks = done.reduce((sum, count) => sum + count, 0);
  // Attackers that are refused at once find nothing.
  if (!isTopic(entrance) && served < attacks / 10)
    broken.push(`only ${served} of ${attacks} attacks came as far as GraphQL`);
  if (isAlive()) broken.push(...(await bystander.broken()));
  else broken.push('the process has ended');
  const [quietP99, p99, controlP99] = [p99Of(quiet, 'own'), p99Of(meanwhile, 'own'), p99Of(meanwhile, 'control')];
  const limit = FACTOR * (Math.max(quietP99, NOISE_MS) + controlP99);
  if (p99 > limit) {
    broken.push(
      `99 of 100 requests of another client took up to ${p99.toFixed(0)} ms: ` +
        `${limit.toFixed(0)} are allowed, for it was ${quietP99.toFixed(0)} without attackers, ` +
        `and ${controlP99.toFixed(0)} at another server`,
    );
  }
  return { attacks, quietP99, p99, controlP99, broken };
}

function after(ms: number): () => boolean {
  const end = performance.now() + ms;
  return () => performance.now() > end;
}

function p99Of(took: readonly Took[], whose: keyof Took): number {
  const sorted = took.flatMap((each) => each[whose]).toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Infinity;
}

/** Log lines that no attack may cause. Dead letters are allowed: they are the place for malformed records. */
export const isFault = ({ level, msg }: { readonly level: string; readonly msg: string }): boolean =>
  level === 'fatal' || (level === 'error' && msg !== 'a record could not be handled and is in the dead-letter store');

const LONG = 'x'.repeat(4_000);

async function openTarget(url: string): Promise<Target> {
  const ask = await signedIn(url, 'mallory');
  const { token } = ask as typeof ask & { readonly token: string };
  const roomId = await newRoom(ask, 'noise');
  for (let index = 0; index < 100; index += 10) {
    await Promise.all(
      Array.from({ length: 10 }, () =>
        ask('mutation ($input: SendMessageInput!) { sendMessage(input: $input) { receipt { status } } }', {
          input: { roomId, body: LONG },
        }),
      ),
    );
  }
  return { url, token, roomId };
}
