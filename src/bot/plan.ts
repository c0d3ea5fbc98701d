import { randomNumbers } from './random.js';
import type { Scenario } from './scenario.js';

/** A message on the schedule. Its number is its index in the plan. */
export interface PlannedMessage {
  /** Milliseconds from the start. */
  readonly atMs: number;
  readonly user: number;
  readonly room: number;
}

/** Something that one user does at a time. */
export interface Planned {
  readonly atMs: number;
  readonly user: number;
}

/** All that a run does, and when, without regard to the answers. Users and rooms are numbers from 0 on. */
export interface Plan {
  /** The members of each room; the first one opens it. The hot room is the first room. */
  readonly rooms: readonly (readonly number[])[];
  readonly roomsOf: readonly (readonly number[])[];
  /** From the start of the arrivals. */
  readonly arrivals: readonly Planned[];
  readonly messages: readonly PlannedMessage[];
  readonly cuts: readonly Planned[];
  readonly presses: readonly Planned[];
  readonly fetches: readonly Planned[];
}

const byTime = (a: Planned, b: Planned): number => a.atMs - b.atMs;

/** The same scenario, with the same seed, has the same plan in every thread. */
export function planOf(scenario: Scenario): Plan {
  const { users, seconds, arriveSeconds, rooms: quiet, hotRoom, drop, flood, seed } = scenario;
  const everyone = Array.from({ length: users }, (_, user) => user);
  const hot = hotRoom ? [everyone.slice(0, hotRoom.members)] : [];
  const size = quiet?.members ?? users;
  const quietRooms = quiet
    ? Array.from({ length: Math.ceil(users / size) }, (_, room) => everyone.slice(room * size, (room + 1) * size))
    : [];
  const rooms = [...hot, ...quietRooms];
  const roomsOf = everyone.map((): number[] => []);
  for (const [room, members] of rooms.entries()) for (const user of members) roomsOf[user]!.push(room);
  return {
    rooms,
    roomsOf,
    arrivals: everyone.map((user) => ({ user, atMs: (user / users) * arriveSeconds * 1_000 })),
    messages: [
      ...hot.flatMap((members) => evenly(hotRoom!.messagesPerSecond * seconds, seconds, members, 0)),
      ...quietMessages(scenario, quietRooms, hot.length),
    ].toSorted(byTime),
    cuts: cutsOf(scenario),
    presses: drop
      ? everyone.slice(0, drop.users).map((user) => ({
          user,
          atMs: (drop.atSeconds + (user / drop.users) * drop.overSeconds) * 1_000,
        }))
      : [],
    fetches: flood
      ? evenly(flood.perSecond * flood.seconds, flood.seconds, shuffled(hot[0]!, seed), 0, 0).map(({ user, atMs }) => ({
          user,
          atMs: atMs + flood.atSeconds * 1_000,
        }))
      : [],
  };
}

/** So many messages of one room, in turn by its members. */
function evenly(count: number, seconds: number, members: readonly number[], room: number, offset = 0.5) {
  return Array.from({ length: Math.round(count) }, (_, index) => ({
    atMs: ((index + offset) / Math.round(count)) * seconds * 1_000,
    user: members[index % members.length]!,
    room,
  }));
}

function quietMessages(
  { messages, seconds, seed }: Scenario,
  rooms: readonly (readonly number[])[],
  first: number,
): readonly PlannedMessage[] {
  if (!messages) return [];
  const { perSecond, perRoom, perMember, thinkSeconds } = messages;
  const random = randomNumbers(seed);
  if (perSecond !== undefined)
    return Array.from({ length: Math.round(perSecond * seconds) }, (_, index) => {
      const room = index % rooms.length;
      const members = rooms[room]!;
      return {
        atMs: (index / perSecond) * 1_000,
        room: room + first,
        user: members[Math.floor(index / rooms.length) % members.length]!,
      };
    });
  if (thinkSeconds !== undefined)
    return rooms.flatMap((members, room) =>
      members.flatMap((user) => {
        const times: PlannedMessage[] = [];
        // Pauses of people who act independently of one another are distributed exponentially.
        const think = (): number => -Math.log(1 - random()) * thinkSeconds * 1_000;
        for (let atMs = think(); atMs < seconds * 1_000; atMs += think())
          times.push({ atMs, user, room: room + first });
        return times;
      }),
    );
  // Each room begins at a moment of its own: all at once would be one burst a round.
  return rooms.flatMap((members, room) =>
    evenly(perRoom ?? perMember! * members.length, seconds, members, room + first, random()),
  );
}

function cutsOf({ users, seconds, seed, reconnects }: Scenario): readonly Planned[] {
  if (!reconnects) return [];
  const { everySeconds, awaySeconds, share, together } = reconnects;
  const random = randomNumbers(seed + 1);
  const cuts: Planned[] = [];
  for (let user = 0; user < users; user++) {
    const [chance, place] = [random(), random()];
    if (chance >= share) continue;
    // The last one is back before the schedule ends.
    for (let at = (together ? 1 : place) * everySeconds; at + awaySeconds <= seconds; at += everySeconds)
      cuts.push({ atMs: at * 1_000, user });
  }
  return cuts.toSorted(byTime);
}

function shuffled(users: readonly number[], seed: number): readonly number[] {
  const random = randomNumbers(seed + 2);
  return users
    .map((user) => ({ user, place: random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ user }) => user);
}

/** The thread of a user: the members of a quiet room are together, so that most rooms have one observer. */
export const threadOf = (user: number, { rooms }: Pick<Scenario, 'rooms'>, threads: number): number =>
  (rooms ? Math.floor(user / rooms.members) : user) % threads;
