import type { ProcessesQuery } from '../generated/operations.js';
import type { PlotPoint } from '../ui/plot-point.js';

type Process = NonNullable<ProcessesQuery['admin']>['processes']['nodes'][number];
export type NumberName = Process['numbers'][number]['name'];

/** For each number, over all processes. Of a counter: how fast it grows, in units a second. */
export type History = Readonly<Partial<Record<NumberName, readonly PlotPoint[]>>>;

export const SPAN_MS = 300_000;

/** Of these, each process says the number of the whole deployment, or the worst one counts. The others are added up. */
const LARGEST: ReadonlySet<NumberName> = new Set(['DEAD_LETTERS', 'HOT_ROOMS', 'FEED_LAG', 'EVENT_LOOP_DELAY_MS']);

/** Numbers without a value until the first of its kind: 0 in a process that has the role. */
const FROM_ZERO: Partial<Record<NumberName, string>> = {
  COMMANDS_ACCEPTED: 'api',
  COMMANDS_DECIDED: 'decider',
  COMMANDS_REJECTED: 'decider',
  MESSAGES: 'decider',
  EVENTS_PUSHED: 'api',
  REQUESTS: 'api',
  SUBSCRIBERS: 'api',
};

const numbersOf = ({ numbers, roles }: Process): ReadonlyMap<NumberName, number | null> =>
  new Map(
    numbers.map(({ name, value }) => [name, value ?? (roles.includes(FROM_ZERO[name] ?? '') ? 0 : null)] as const),
  );

/** What a process reported last, and how fast its counters grew since the report before. */
interface Known {
  readonly process: Process;
  readonly values: ReadonlyMap<NumberName, number | null>;
}

function valuesOf(process: Process, before: Process | undefined): Known['values'] {
  const seconds = before ? (Date.parse(process.at) - Date.parse(before.at)) / 1_000 : 0;
  const [now, earlier] = [numbersOf(process), before ? numbersOf(before) : new Map<NumberName, number | null>()];
  const rate = (name: NumberName): number | null => {
    const [value, then] = [now.get(name) ?? null, earlier.get(name) ?? null];
    return value === null || then === null || seconds <= 0 ? null : Math.max(0, (value - then) / seconds);
  };
  return new Map(
    process.numbers.map(({ name, kind }) => [name, kind === 'COUNTER' ? rate(name) : (now.get(name) ?? null)]),
  );
}

function together(known: readonly Known[], name: NumberName): number | null {
  const values = known.flatMap(({ values }) => values.get(name) ?? []);
  if (values.length === 0) return null;
  return LARGEST.has(name) ? Math.max(...values) : values.reduce((sum, value) => sum + value, 0);
}

/** Collects what the processes report, for as long as the console is open. */
export function createProcessHistory(): (nodes: readonly Process[]) => History {
  let known: ReadonlyMap<string, Known> = new Map();
  let history: History = {};
  return (nodes) => {
    const isNew = nodes.some(({ id, at }) => known.get(id)?.process.at !== at);
    if (!isNew) return history;
    const now = nodes.map((process): Known => {
      const before = known.get(process.id);
      // Its report may be older than the answer: then it stands as it was.
      return before?.process.at === process.at ? before : { process, values: valuesOf(process, before?.process) };
    });
    const at = Math.max(...nodes.map((process) => Date.parse(process.at)));
    const names = new Set(nodes.flatMap(({ numbers }) => numbers.map(({ name }) => name)));
    const grown = [...names].map((name) => {
      const points = [...(history[name] ?? []), { at, value: together(now, name) }];
      return [name, points.filter((point) => point.at > at - SPAN_MS)] as const;
    });
    known = new Map(now.map((each) => [each.process.id, each]));
    history = Object.fromEntries(grown);
    return history;
  };
}
