import { z } from 'zod';
import type { Metrics } from '../metrics.js';
import { version } from '../version.js';

/** Numbers of a process for plots. A counter only grows; a gauge has null while it is not known. */
export const PROCESS_NUMBERS = {
  COMMANDS_ACCEPTED: 'counter',
  COMMANDS_DECIDED: 'counter',
  COMMANDS_REJECTED: 'counter',
  MESSAGES: 'counter',
  EVENTS_PUSHED: 'counter',
  REQUESTS: 'counter',
  CPU_SECONDS: 'counter',
  SUBSCRIBERS: 'gauge',
  CONNECTIONS: 'gauge',
  DECIDER_LAG: 'gauge',
  GIFTICON_QUEUE: 'gauge',
  PROJECTION_LAG: 'gauge',
  FEED_LAG: 'gauge',
  DEAD_LETTERS: 'gauge',
  PARKED_KEYS: 'gauge',
  HOT_ROOMS: 'gauge',
  EVENT_LOOP_DELAY_MS: 'gauge',
  HEAP_BYTES: 'gauge',
  MEMORY_BYTES: 'gauge',
} as const satisfies Readonly<Record<string, 'counter' | 'gauge'>>;

export type ProcessNumber = keyof typeof PROCESS_NUMBERS;
type ProcessNumbers = Readonly<Record<ProcessNumber, number | null>>;

/** One process at one moment. JSON, since processes tell each other. */
export interface ProcessReport {
  /** Unique to one run of a process. */
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly roles: readonly string[];
  readonly version: string;
  readonly startedAt: string;
  readonly at: string;
  readonly ready: boolean;
  /** Why it is not ready. */
  readonly reasons: readonly string[];
  readonly dependencies: readonly { readonly name: string; readonly up: boolean }[];
  readonly numbers: ProcessNumbers;
  /** Errors in answers to clients since the start, by code. */
  readonly errors: Readonly<Record<string, number>>;
}

const names = Object.keys(PROCESS_NUMBERS) as readonly ProcessNumber[];

const reportSchema: z.ZodType<ProcessReport> = z.object({
  id: z.string(),
  host: z.string(),
  pid: z.number(),
  roles: z.array(z.string()),
  version: z.string(),
  startedAt: z.iso.datetime(),
  at: z.iso.datetime(),
  ready: z.boolean(),
  reasons: z.array(z.string()),
  dependencies: z.array(z.object({ name: z.string(), up: z.boolean() })),
  // A process of another version may lack some.
  numbers: z
    .record(z.string(), z.number().nullable())
    .transform((given) => Object.fromEntries(names.map((name) => [name, given[name] ?? null])) as ProcessNumbers),
  errors: z.record(z.string(), z.number()),
});

/** Null for any other text: every client of the store can write one. */
export function processReportOf(text: string): ProcessReport | null {
  try {
    const { success, data } = reportSchema.safeParse(JSON.parse(text));
    return success ? data : null;
  } catch {
    return null;
  }
}

export interface ProcessRegistry {
  /** Called every few seconds. Rejects at once while the store is away. */
  publish(report: ProcessReport): Promise<void>;
  /** The processes that have reported within the last seconds. */
  list(): Promise<readonly ProcessReport[]>;
}

export type ProcessIdentity = Pick<ProcessReport, 'id' | 'host' | 'pid' | 'roles' | 'startedAt'>;

interface Series {
  readonly labels: Readonly<Record<string, string | number | undefined>>;
  readonly value: number;
}
type Metric = { get(): Promise<{ readonly values: readonly Series[] }> };

/** Of the process itself, since the last measurement. */
export type OwnNumbers = Readonly<
  Record<'CPU_SECONDS' | 'EVENT_LOOP_DELAY_MS' | 'HEAP_BYTES' | 'MEMORY_BYTES', number>
>;

/** Puts a report of this process together from its metrics. */
export async function reportProcess(
  identity: ProcessIdentity,
  metrics: Metrics,
  own: OwnNumbers,
  reasons: readonly string[],
): Promise<ProcessReport> {
  const series = async (metric: Metric): Promise<readonly Series[]> => (await metric.get()).values;
  /** Null without a series: it is not known now, or none of this process's roles has it. */
  const sum = async (metric: Metric, only: Series['labels'] = {}): Promise<number | null> => {
    const values = (await series(metric)).filter(({ labels }) =>
      Object.entries(only).every(([name, value]) => labels[name] === value),
    );
    return values.length === 0 ? null : values.reduce((total, { value }) => total + value, 0);
  };
  const asked: Readonly<Record<Exclude<ProcessNumber, keyof OwnNumbers>, Promise<number | null>>> = {
    COMMANDS_ACCEPTED: sum(metrics.commandsAccepted),
    COMMANDS_DECIDED: sum(metrics.commandsDecided),
    COMMANDS_REJECTED: sum(metrics.commandsRejected),
    MESSAGES: sum(metrics.commandsDecided, { type: 'SendMessage' }),
    EVENTS_PUSHED: sum(metrics.eventsPushed),
    REQUESTS: requestsOf(metrics.requestSeconds),
    SUBSCRIBERS: sum(metrics.subscribers),
    CONNECTIONS: sum(metrics.httpConnections),
    DECIDER_LAG: sum(metrics.deciderLag),
    GIFTICON_QUEUE: sum(metrics.deciderLag, { queue: 'gifticon.requests' }),
    PROJECTION_LAG: sum(metrics.projectionLag),
    FEED_LAG: sum(metrics.feedLag),
    DEAD_LETTERS: sum(metrics.deadLettersWaiting),
    PARKED_KEYS: sum(metrics.parkedKeys),
    HOT_ROOMS: sum(metrics.hotRooms),
  };
  const measured = await Promise.all(Object.entries(asked).map(async ([name, value]) => [name, await value] as const));
  const numbers = { ...Object.fromEntries(measured), ...own } as ProcessReport['numbers'];
  const errors: Record<string, number> = {};
  for (const { labels, value } of await series(metrics.graphqlErrors))
    errors[String(labels.code)] = (errors[String(labels.code)] ?? 0) + value;
  const dependencies = (await series(metrics.dependencyUp)).map(({ labels, value }) => ({
    name: String(labels.dependency),
    up: value === 1,
  }));
  return {
    ...identity,
    version,
    at: new Date().toISOString(),
    ready: reasons.length === 0,
    reasons,
    dependencies,
    numbers,
    errors,
  };
}

/** A histogram has a series for each bucket: the counts alone are requests. */
async function requestsOf(histogram: Metric): Promise<number | null> {
  const { values } = await histogram.get();
  const counts = values.filter((each) => (each as { metricName?: string }).metricName?.endsWith('_count'));
  return counts.length === 0 ? null : counts.reduce((total, { value }) => total + value, 0);
}
