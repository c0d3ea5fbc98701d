import { readFile, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { z } from 'zod';
import { JsonError, parseLocated } from './json-lines.js';
import type { LocatedJson } from './json-lines.js';
import type { Scenario } from './scenario.js';
import { scenarioSchema } from './scenario.js';

/** A mistake of the scenario's author: the file, and each place in it with its mistake. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
}

/** Values of the command line, in place of those of the file. */
export interface Overrides {
  readonly users?: number | undefined;
  readonly seconds?: number | undefined;
  readonly seed?: number | undefined;
  /** A short run with few users, to see that it works. */
  readonly quick?: boolean | undefined;
}

const QUICK = { users: 40, seconds: 5, arriveSeconds: 1 } as const;

/**
 * Reads a scenario: a path, or the name of one in `folder`.
 * @throws {ScenarioError}
 */
export async function readScenario(name: string, folder: string, overrides: Overrides = {}): Promise<Scenario> {
  const isName = /^[\w-]+$/.test(name);
  const path = isName ? join(folder, `${name}.json`) : name;
  const text = await readFile(path, 'utf8').catch(async (error: NodeJS.ErrnoException) => {
    const shipped = (await readdir(folder).catch(() => [])).map((file) => basename(file, '.json'));
    const why = isName ? `there is no scenario ${name}` : `${path} cannot be read (${error.code ?? error.message})`;
    throw new ScenarioError(`${why}: give a path that ends in .json, or one of ${shipped.toSorted().join(', ')}`);
  });
  return parseScenario(text, path, overrides);
}

/** @throws {ScenarioError} with the line of each mistake, and the path to each wrong value */
export function parseScenario(text: string, path: string, overrides: Overrides = {}): Scenario {
  const located = locatedIn(text, path);
  const read = checked(located.value, (issue) => `${path}:${located.lineOf(placeOf(issue))}: ${described(issue)}`);
  const changed = overridden(read, overrides);
  if (changed === read) return read;
  return checked(changed, (issue) => `${path}, with the options: ${described(issue)}`);
}

function locatedIn(text: string, path: string): LocatedJson {
  try {
    return parseLocated(text);
  } catch (error) {
    if (error instanceof JsonError) throw new ScenarioError(`${path}:${error.line}: ${error.message}`);
    throw error;
  }
}

function checked(value: unknown, line: (issue: z.core.$ZodIssue) => string): Scenario {
  const parsed = scenarioSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ScenarioError(parsed.error.issues.map(line).join('\n'));
}

/** Of a name that should not be there, its own place. */
const placeOf = (issue: z.core.$ZodIssue): readonly PropertyKey[] =>
  issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]!] : issue.path;

function described(issue: z.core.$ZodIssue): string {
  const at = issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  if (issue.code !== 'unrecognized_keys') return `${at}${issue.message}`;
  return `${at}there is no ${issue.keys.join(', ')} in a scenario`;
}

function overridden(scenario: Scenario, { users, seconds, seed, quick = false }: Overrides): Scenario {
  if (users === undefined && seconds === undefined && seed === undefined && !quick) return scenario;
  const changed = quick
    ? { ...resized(scenario, QUICK.users, QUICK.seconds), arriveSeconds: QUICK.arriveSeconds }
    : scenario;
  return {
    ...resized(changed, users ?? changed.users, seconds ?? changed.seconds),
    seed: seed ?? scenario.seed,
  };
}

/** Another size: what depends on it keeps its share, and what happens at a time keeps its place in the schedule. */
function resized(scenario: Scenario, users: number, seconds: number): Scenario {
  const { rooms, hotRoom, messages, reconnects, drop, flood } = scenario;
  const ofUsers = users / scenario.users;
  const ofTime = seconds / scenario.seconds;
  if (ofUsers === 1 && ofTime === 1) return scenario;
  const few = (count: number, share: number): number => Math.max(1, Math.round(count * share));
  return {
    ...scenario,
    users,
    seconds,
    rooms: rooms && { members: Math.min(rooms.members, users) },
    hotRoom: hotRoom && { ...hotRoom, members: few(hotRoom.members, ofUsers) },
    messages: messages && {
      ...messages,
      ...(messages.perSecond !== undefined && { perSecond: messages.perSecond * ofUsers }),
      ...(messages.perRoom !== undefined && { perRoom: few(messages.perRoom, ofTime) }),
      ...(messages.perMember !== undefined && { perMember: few(messages.perMember, ofTime) }),
      ...(messages.thinkSeconds !== undefined && {
        thinkSeconds: Math.max(0.1, messages.thinkSeconds * Math.min(1, ofTime)),
      }),
    },
    reconnects: reconnects && shortened(reconnects, Math.min(1, ofTime)),
    drop: drop && {
      atSeconds: drop.atSeconds * ofTime,
      overSeconds: drop.overSeconds * Math.min(1, ofTime),
      users: few(drop.users, ofUsers),
      stock: few(drop.stock, ofUsers),
    },
    flood: flood && {
      atSeconds: flood.atSeconds * ofTime,
      seconds: flood.seconds * ofTime,
      perSecond: flood.perSecond * ofUsers,
    },
  };
}

function shortened(reconnects: NonNullable<Scenario['reconnects']>, share: number): Scenario['reconnects'] {
  const everySeconds = Math.max(1, reconnects.everySeconds * share);
  return { ...reconnects, everySeconds, awaySeconds: Math.min(reconnects.awaySeconds * share, everySeconds / 2) };
}
