import { z } from 'zod';
import { PERCENTILES, TIMED } from './latencies.js';
import type { Percentile, Timed } from './latencies.js';

/** What one run may do at most: a mistyped number must not become an attack. */
export const BOUNDS = {
  users: 20_000,
  seconds: 3_600,
  arriveSeconds: 600,
  perSecond: 20_000,
  messages: 1_000_000,
  fetches: 1_000_000,
  cuts: 200_000,
} as const;

const whole = (least: number, most: number) => z.int().min(least).max(most);
const number = (least: number, most: number) => z.number().min(least).max(most);

const RATES = ['perSecond', 'perRoom', 'perMember', 'thinkSeconds'] as const;
const messages = z.strictObject({
  /** Over all quiet rooms, which take turns. */
  perSecond: number(0.001, BOUNDS.perSecond).optional(),
  /** As many in each quiet room, evenly over `seconds`. */
  perRoom: whole(1, BOUNDS.messages).optional(),
  /** As many by each member of a quiet room, evenly over `seconds`. */
  perMember: whole(1, BOUNDS.messages).optional(),
  /** Each member writes after pauses of random length, with this mean. */
  thinkSeconds: number(0.1, BOUNDS.seconds).optional(),
  characters: whole(40, 4_000).default(80),
});

const reconnects = z.strictObject({
  /** The time from one cut of a user's connection to the next. */
  everySeconds: number(1, BOUNDS.seconds),
  awaySeconds: number(0.05, 600),
  /** The users whose connections are cut: 1 for all. */
  share: number(0, 1).default(1),
  /** All connections at the same moment, like an outage; otherwise each at its own. */
  together: z.boolean().default(false),
});

const drop = z.strictObject({
  atSeconds: number(0, BOUNDS.seconds),
  /** So many users press the button. */
  users: whole(1, BOUNDS.users),
  /** The time over which the presses are spread. */
  overSeconds: number(0, 600),
  stock: whole(1, 1_000_000),
});

const flood = z.strictObject({
  atSeconds: number(0, BOUNDS.seconds),
  seconds: number(0.1, BOUNDS.seconds),
  /** Fetches of the hot room's newest page. */
  perSecond: number(0.001, BOUNDS.perSecond),
});

const limits = z.strictObject(
  Object.fromEntries(Object.keys(PERCENTILES).map((name) => [name, number(0, 600_000).optional()])) as Record<
    Percentile,
    z.ZodOptional<z.ZodNumber>
  >,
);
const thresholds = z.strictObject({
  ...(Object.fromEntries(TIMED.map((name) => [name, limits.optional()])) as Record<
    Timed,
    z.ZodOptional<typeof limits>
  >),
  /** Operations that never had the outcome that they should have. */
  failures: whole(0, BOUNDS.messages).optional(),
});

export const scenarioSchema = z
  .strictObject({
    about: z.string().min(1).max(200),
    /** The same seed makes the same schedule. */
    seed: whole(0, 2 ** 31 - 1).default(1),
    users: whole(1, BOUNDS.users),
    /** The time over which the users connect and join. The schedule begins when all of them are there. */
    arriveSeconds: number(0, BOUNDS.arriveSeconds),
    /** The length of the schedule. */
    seconds: number(1, BOUNDS.seconds),
    /** After the schedule: a message that has not come by then is lost. */
    settleSeconds: number(0.1, 600).default(60),
    /** The users are divided into rooms of so many. */
    rooms: z.strictObject({ members: whole(1, 1_000) }).optional(),
    /** One more room, of the first so many users. */
    hotRoom: z.strictObject({ members: whole(1, 5_000), messagesPerSecond: number(0, 1_000).default(0) }).optional(),
    messages: messages.optional(),
    reconnects: reconnects.optional(),
    drop: drop.optional(),
    flood: flood.optional(),
    thresholds: thresholds.default({}),
  })
  .check(({ value, issues }) => {
    const refuse = (path: readonly string[], message: string): void =>
      void issues.push({ code: 'custom', input: value, path: [...path], message });
    const { users, seconds, rooms, hotRoom, messages, reconnects, drop, flood } = value;
    if (!rooms && !hotRoom) refuse([], 'needs rooms, a hotRoom, or both');
    if (messages && !rooms) refuse(['messages'], 'are for quiet rooms: add rooms');
    if (messages && RATES.filter((name) => messages[name] !== undefined).length !== 1)
      refuse(['messages'], `needs exactly one of ${RATES.join(', ')}`);
    if (hotRoom && hotRoom.members > users) refuse(['hotRoom', 'members'], `there are only ${users} users`);
    if (flood && !hotRoom) refuse(['flood'], 'is of the hot room: add a hotRoom');
    if (flood && flood.atSeconds + flood.seconds > seconds)
      refuse(['flood'], `must end within the ${seconds} seconds of the schedule`);
    if (flood && flood.perSecond * flood.seconds > BOUNDS.fetches)
      refuse(['flood'], `is of at most ${BOUNDS.fetches} fetches`);
    if (drop && drop.users > users) refuse(['drop', 'users'], `there are only ${users} users`);
    if (drop && drop.atSeconds + drop.overSeconds > seconds)
      refuse(['drop'], `must end within the ${seconds} seconds of the schedule`);
    if (reconnects && reconnects.awaySeconds >= reconnects.everySeconds)
      refuse(['reconnects', 'awaySeconds'], 'must be less than everySeconds');
    if (reconnects && (users * reconnects.share * seconds) / reconnects.everySeconds > BOUNDS.cuts)
      refuse(['reconnects'], `are at most ${BOUNDS.cuts} in a run`);
    if (messageCount(value) > BOUNDS.messages)
      refuse(['messages'], `would be ${Math.round(messageCount(value))}: a run has at most ${BOUNDS.messages}`);
  });

export type Scenario = z.output<typeof scenarioSchema>;
type Counted = Pick<Scenario, 'users' | 'seconds' | 'rooms' | 'hotRoom' | 'messages'>;

/** The expected number of messages in a run. */
export function messageCount({ users, seconds, rooms, hotRoom, messages }: Counted): number {
  const hot = (hotRoom?.messagesPerSecond ?? 0) * seconds;
  if (!messages || !rooms) return hot;
  const { perSecond, perRoom, perMember, thinkSeconds } = messages;
  const quiet =
    (perSecond ?? 0) * seconds +
    (perRoom ?? 0) * Math.ceil(users / rooms.members) +
    (perMember ?? 0) * users +
    (thinkSeconds === undefined ? 0 : (users * seconds) / thinkSeconds);
  return hot + quiet;
}

/** The expected number of deliveries a second. */
export function deliveriesPerSecond(scenario: Counted): number {
  const { seconds, rooms, hotRoom } = scenario;
  const hot = (hotRoom?.messagesPerSecond ?? 0) * seconds;
  return ((messageCount(scenario) - hot) * (rooms?.members ?? 0) + hot * (hotRoom?.members ?? 0)) / seconds;
}
