import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { PROCESS_NUMBERS } from '../../admin/process-report.js';
import type { ProcessNumber } from '../../admin/process-report.js';
import { DateTimeScalar } from '../scalars/date-time.js';

const DESCRIPTIONS: Readonly<Record<ProcessNumber, string>> = {
  COMMANDS_ACCEPTED: 'Commands that this process made durable.',
  COMMANDS_DECIDED: 'Commands that this process decided, rejections aside.',
  COMMANDS_REJECTED: 'Commands that this process rejected.',
  MESSAGES: 'Messages that this process decided.',
  EVENTS_PUSHED: 'Events that this process wrote to subscribers.',
  REQUESTS: 'GraphQL operations that this process answered.',
  CPU_SECONDS: 'Processor time of this process.',
  SUBSCRIBERS: 'Open subscriptions.',
  CONNECTIONS: 'Open TCP connections.',
  DECIDER_LAG: 'Commands without an outcome, in the queues that this process decides.',
  GIFTICON_QUEUE: 'Gifticon requests among them.',
  PROJECTION_LAG: "Events that read models lack, in this projector's partitions, summed over the read models.",
  FEED_LAG: 'Events that have not reached the subscriptions of this process.',
  DEAD_LETTERS: 'Dead letters that wait for an operator, in the whole deployment.',
  PARKED_KEYS: "Keys that read models hold back, in this projector's partitions.",
  HOT_ROOMS: 'Rooms that are hot in the view of this process.',
  EVENT_LOOP_DELAY_MS: 'Delay of the event loop, 99th percentile over the last two seconds.',
  HEAP_BYTES: 'Used heap.',
  MEMORY_BYTES: 'Resident memory.',
};

const names = Object.keys(PROCESS_NUMBERS) as ProcessNumber[];
export const ProcessNumberName = Object.fromEntries(names.map((name) => [name, name])) as {
  readonly [N in ProcessNumber]: N;
};
registerEnumType(ProcessNumberName, {
  name: 'AdminNumberName',
  description: 'The numbers of a process that are worth a plot.',
  valuesConfig: Object.fromEntries(names.map((name) => [name, { description: DESCRIPTIONS[name] }])) as never,
});

export const NumberKind = { COUNTER: 'COUNTER', GAUGE: 'GAUGE' } as const;
registerEnumType(NumberKind, {
  name: 'AdminNumberKind',
  description: 'How to draw a number.',
  valuesConfig: {
    COUNTER: {
      description: 'It only grows, from 0 at the start of the process: draw its difference, divided by that of `at`.',
    },
    GAUGE: { description: 'Draw it as it is.' },
  },
});

@ObjectType('AdminNumber', { description: 'One number of a process.', simpleResolvers: true })
export class AdminNumber {
  @Field(() => ProcessNumberName, { description: 'Which one.' })
  name!: ProcessNumber;

  @Field(() => NumberKind, { description: 'How to draw it.' })
  kind!: keyof typeof NumberKind;

  @Field(() => Float, {
    nullable: true,
    description: 'Null while it is not known, and in a process whose roles do not have it.',
  })
  value!: number | null;
}

@ObjectType('AdminErrorCount', { description: 'Errors of one code.', simpleResolvers: true })
export class AdminErrorCount {
  @Field(() => String, { description: 'A code of the list of errors.' })
  code!: string;

  @Field(() => Float, { description: 'Errors in answers of this process since its start.' })
  total!: number;
}

@ObjectType('AdminDependency', { description: 'A server that a process needs.', simpleResolvers: true })
export class AdminDependency {
  @Field(() => String, { description: '`postgresql`, `command_log`, `redis`, `identity_provider`.' })
  name!: string;

  @Field(() => Boolean, { description: 'Whether it answered the last check of this process.' })
  up!: boolean;
}

@ObjectType('AdminProcess', { description: 'A process, as it reported itself last.', simpleResolvers: true })
export class AdminProcess {
  @Field(() => ID, { description: 'Unique to one run of a process.' })
  id!: string;

  @Field(() => Boolean, { description: 'Whether it is the one that answers this operation.' })
  answering!: boolean;

  @Field(() => String, { description: 'The name of its machine.' })
  host!: string;

  @Field(() => Int, { description: 'Its process id there.' })
  pid!: number;

  @Field(() => [String], { description: 'Its roles: `api`, `decider`, `projector`, `issuer`, `heat`.' })
  roles!: readonly string[];

  @Field(() => String, { description: 'The version of its program.' })
  version!: string;

  @Field(() => DateTimeScalar, { description: 'When it started.' })
  startedAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it measured all of this, by its own clock: every two seconds.' })
  at!: Date;

  @Field(() => Boolean, { description: 'Whether it can do its work now.' })
  ready!: boolean;

  @Field(() => [String], { description: 'Why not; empty while it can.' })
  reasons!: readonly string[];

  @Field(() => [AdminDependency], { description: 'The servers that it needs.' })
  dependencies!: readonly AdminDependency[];

  @Field(() => [AdminNumber], { description: 'Its numbers, in the order of the enum.' })
  numbers!: readonly AdminNumber[];

  @Field(() => [AdminErrorCount], { description: 'Errors in its answers, by code.' })
  errors!: readonly AdminErrorCount[];
}

@ObjectType('AdminProcesses', { description: 'The processes of the deployment.', simpleResolvers: true })
export class AdminProcesses {
  @Field(() => Boolean, {
    description:
      'False while Redis is away, over which processes report to each other: ' +
      'then the answering process is the only one here.',
  })
  isComplete!: boolean;

  @Field(() => [AdminProcess], { description: 'The answering one first. One that is gone is left out after 10 s.' })
  nodes!: AdminProcess[];
}
