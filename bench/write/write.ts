import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { send } from '../hot-room/queries.js';
import type { BenchResult, Scenario } from '../support/scenario.js';
import type { Stack } from '../support/stack.js';
import { startStack } from '../support/stack.js';
import { cpuBetween, cpuOf, measureWrites, untilIdle } from './measure.js';
import type { Asked } from './measure.js';
import type { WriteProgram } from './programs.js';
import { startWritePrograms } from './programs.js';
import type { WriteSeries } from './report.js';
import { figuresOf, writeChart, writeTable } from './report.js';
import type { Room } from './rooms.js';
import { openRooms } from './rooms.js';

const FULL = { rounds: 5, rooms: [1, 10, 100], messages: 2_000, warmUp: 1_500, idleMs: 10_000 } as const;
const QUICK = { rounds: 1, rooms: [1, 100], messages: 300, warmUp: 200, idleMs: 1_000 } as const;
const BODY = 'about as long as what people write in a busy room on most days';
const ROLES = 'api,decider,projector,heat';

const messagesTo = (rooms: readonly Room[], count: number): readonly Asked[] =>
  Array.from({ length: count }, (_, index) => {
    const { id, token } = rooms[index % rooms.length]!;
    return { token, body: send(id, `${index} ${BODY}`) };
  });

/** The share of a core that Node.js takes while no request comes, in per cent. */
async function idleShare(stack: Stack, program: WriteProgram, ms: number): Promise<number> {
  await untilIdle(program);
  const begun = performance.now();
  const before = await cpuOf(stack, program);
  await delay(ms);
  return cpuBetween(before, await cpuOf(stack, program), performance.now() - begun).node / 10;
}

export const write: Scenario = {
  name: 'write',
  about: 'messages a second and the processor time of each, beside a simple Apollo Server with one INSERT',
  async run(report, { quick }): Promise<BenchResult> {
    const sizes = quick ? QUICK : FULL;
    report('starting PostgreSQL, Redis, Kafka and the programs');
    await using stack = await startStack();
    await using started = await startWritePrograms(stack, ROLES);
    const { programs } = started;
    const all: (WriteSeries & { readonly ask: (count: number) => readonly Asked[]; readonly at: WriteProgram })[] = [];
    for (const count of sizes.rooms) {
      for (const program of programs) {
        report(`${count} rooms of ${program.name}`);
        const rooms = await openRooms(program, count);
        const ask = (messages: number): readonly Asked[] => messagesTo(rooms, messages);
        await measureWrites(stack, program, ask(sizes.warmUp));
        all.push({ condition: String(count), program: program.name, at: program, ask, rounds: [] });
      }
    }
    for (let round = 1; round <= sizes.rounds; round++) {
      report(`round ${round} of ${sizes.rounds}`);
      for (const { at, ask, rounds } of round % 2 > 0 ? all : all.toReversed())
        rounds.push(await measureWrites(stack, at, ask(sizes.messages)));
    }
    const idle: { readonly program: string; readonly percent: number }[] = [];
    for (const program of programs)
      idle.push({ program: program.name, percent: await idleShare(stack, program, sizes.idleMs) });
    const figures = figuresOf(all);
    return {
      tables: [writeTable('rooms', figures)],
      charts: [writeChart('write', 'Processor time of Node.js for a message, in µs, by rooms', figures)],
      headlines: [],
      notes: [
        `Median of ${sizes.rounds} rounds of ${sizes.messages} messages, with the lowest and the highest; all take ` +
          'turns in each round, in the other order each time.',
        '64 connections, each with one message under way, from rooms with one member. Clients, processes and servers ' +
          'share the machine.',
        'Processor time is user and system time of all processes of a kind, until the read models have caught up. ' +
          `Madang is one process with the roles ${ROLES}.`,
        'The simple server has neither tokens nor limits, repetitions, subscriptions or read models.',
        `Without requests Node.js takes, of a core: ${idle
          .map(({ program, percent }) => `${program} ${percent.toFixed(1)} %`)
          .join(', ')}.`,
      ],
      figures: { writes: figures, idle },
    };
  },
};
