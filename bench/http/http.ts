import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { newest, send } from '../hot-room/queries.js';
import { openDeployment } from '../support/deployment.js';
import { openConnection } from '../support/raw-http.js';
import type { BenchResult, Scenario } from '../support/scenario.js';
import { startStack } from '../support/stack.js';
import type { Spread } from '../support/statistics.js';
import { showSpread, spread } from '../support/statistics.js';
import type { Program } from './programs.js';
import { startApi, startTransport } from './programs.js';

/** A built checkout to compare with, such as one of the commit before. */
const BEFORE = process.env.BENCH_BEFORE;
const SIZES = { rounds: 6, warmUp: 2_000, transport: 6_000, mutations: 2_000, pages: 800 } as const;
const QUICK = { rounds: 1, warmUp: 100, transport: 500, mutations: 100, pages: 100 } as const;
const ROOMS = 8;
const MESSAGES = 60;
/** More requests under way at once are a burst. */
const BURST = 64;

interface Asked {
  readonly token: string;
  readonly body: string;
}

/** One kind of request, and the programs that answer it in turn. */
interface Series {
  readonly kind: string;
  readonly programs: readonly Program[];
  readonly connections: number;
  readonly requests: number;
  readonly ask: (index: number) => Asked;
}

/** Each connection sends its next request after each answer. @returns microseconds of processor time for a request */
async function cpuOf(program: Program, { connections, ask }: Series, requests: number): Promise<number> {
  const open = await Promise.all(Array.from({ length: connections }, () => openConnection(program.url)));
  const before = await program.cpuMicros();
  let next = 0;
  await Promise.all(
    open.map(async (connection) => {
      while (next < requests) {
        const { token, body } = ask(next++);
        const answer = await connection.post('/graphql', token, body);
        if (answer.status !== 200 || !answer.body.startsWith('{"data"'))
          throw new Error(`${program.name}: ${answer.body}`);
      }
    }),
  );
  const taken = (await program.cpuMicros()) - before;
  for (const connection of open) connection.close();
  return taken / requests;
}

/**
 * Rooms with a page of messages, each with its only member: a registered user, since a token alone registers nobody.
 */
async function fillRooms(url: string): Promise<readonly { id: string; token: string }[]> {
  const ask = async <T>(query: string, headers: Readonly<Record<string, string>> = {}): Promise<T> => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
    });
    return ((await response.json()) as { readonly data: T }).data;
  };
  const rooms: { id: string; token: string }[] = [];
  for (let index = 0; index < ROOMS; index++) {
    const { signIn } = await ask<{ signIn: { token: string } }>(
      `mutation { signIn(handle: "bench${index}") { token } }`,
    );
    const { createRoom } = await ask<{ createRoom: { room: { id: string } } }>(
      'mutation { createRoom(input: { title: "bench" }, waitFor: PROJECTED) { room { id } } }',
      { authorization: `Bearer ${signIn.token}` },
    );
    rooms.push({ id: createRoom.room.id, token: signIn.token });
  }
  const connection = await openConnection(url);
  for (const { id, token } of rooms)
    for (let index = 0; index < MESSAGES; index++) await connection.post('/graphql', token, send(id, `hello ${index}`));
  connection.close();
  return rooms;
}

async function measured(
  series: readonly Series[],
  { rounds, warmUp }: { readonly rounds: number; readonly warmUp: number },
  report: (progress: string) => void,
) {
  const taken = series.map(({ programs }) => programs.map(() => [] as number[]));
  // In the other order each time: the first program leaves events that the second one receives, too.
  let turned = false;
  const eachInTurn = async (take: (program: Program, one: Series, at: number[]) => Promise<unknown>): Promise<void> => {
    turned = !turned;
    for (const [n, one] of series.entries()) {
      const programs = [...one.programs.entries()];
      for (const [p, program] of turned ? programs : programs.toReversed()) await take(program, one, taken[n]![p]!);
    }
  };
  report('warming up');
  await eachInTurn((program, one) => cpuOf(program, one, warmUp));
  for (let round = 1; round <= rounds; round++) {
    report(`round ${round} of ${rounds}`);
    await eachInTurn(async (program, one, at) => at.push(await cpuOf(program, one, one.requests)));
  }
  return series.flatMap(({ kind, programs }, n) =>
    programs.map(({ name }, p) => ({
      kind,
      program: name,
      micros: spread(taken[n]![p]!),
      // Compared within a round, so that a busy machine changes both.
      toFirst: spread(taken[n]![p]!.map((micros, round) => micros / taken[n]![0]![round]!)),
    })),
  );
}

export const http: Scenario = {
  name: 'http',
  about: 'processor time of one request over HTTP, beside bare graphql-js and, where it is named, another build',
  async run(report, { quick }): Promise<BenchResult> {
    if (BEFORE !== undefined && !existsSync(join(BEFORE, 'dist/main.js')))
      throw new Error(`BENCH_BEFORE=${BEFORE} is no built checkout: run npm run build there`);
    const sizes = quick ? QUICK : SIZES;
    const checkouts = [
      ...(BEFORE === undefined ? [] : [{ name: 'before', checkout: BEFORE }]),
      { name: 'Madang', checkout: process.cwd() },
    ];

    report('starting PostgreSQL, Redis and the programs');
    await using stack = await startStack();
    await using deployment = await openDeployment(stack, 'embedded');
    await deployment.start('decider,projector,heat');
    const transports = [await startTransport('bare graphql-js')];
    const apis: Program[] = [];
    for (const { name, checkout } of checkouts) {
      transports.push(await startTransport(name, checkout));
      apis.push(await startApi(name, deployment, checkout));
    }
    const rooms = await fillRooms(apis[0]!.url);
    const roomOf = (index: number) => rooms[index % ROOMS]!;

    const write = 'mutation Write($text: String!) { write(text: $text) }';
    const page = (index: number): Asked => ({ token: roomOf(index).token, body: newest(roomOf(index).id) });
    const series: readonly Series[] = [
      {
        kind: 'a mutation that does nothing',
        programs: transports,
        connections: ROOMS,
        requests: sizes.transport,
        ask: (index) => ({ token: 'x', body: JSON.stringify({ query: write, variables: { text: `hello ${index}` } }) }),
      },
      {
        kind: 'sendMessage',
        programs: apis,
        connections: ROOMS,
        requests: sizes.mutations,
        ask: (index) => ({ token: roomOf(index).token, body: send(roomOf(index).id, `hello ${index}`) }),
      },
      { kind: 'a page of messages', programs: apis, connections: ROOMS, requests: sizes.pages, ask: page },
      {
        kind: 'a page that a burst shares',
        programs: apis,
        connections: BURST,
        requests: sizes.transport,
        ask: () => page(0),
      },
    ];
    const figures = await measured(series, sizes, report);
    for (const transport of transports) await transport.stop();
    const show = (micros: Spread): string => showSpread(micros, 0);
    return {
      tables: [
        {
          title: '',
          headings: ['request', 'served by', 'µs of processor time (rounds)', 'to the first of its kind (rounds)'],
          rows: figures.map(({ kind, program, micros, toFirst }) => [kind, program, show(micros), showSpread(toFirst)]),
        },
      ],
      headlines: [],
      notes: [
        `Median of ${sizes.rounds} rounds, with the lowest and the highest; ` +
          'all take turns in each round, in the other order each time.',
        'User and system time of the whole process that serves, garbage collection and driver included.',
        'Deciding and projecting are another process. Keep-alive connections, one request on each at a time.',
      ],
      figures,
    };
  },
};
