import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Program } from '../http/programs.js';
import { programOf } from '../http/programs.js';
import type { Sender } from '../latency/sender.js';
import { openSender } from '../latency/sender.js';
import type { Deployment } from '../support/deployment.js';
import { openDeployment } from '../support/deployment.js';
import type { BenchResult, Scenario } from '../support/scenario.js';
import { startStack } from '../support/stack.js';
import { showSpread, spread } from '../support/statistics.js';

const SIZES = { rounds: 8, warmUp: 2_000, messages: 2_000 } as const;
const QUICK = { rounds: 1, warmUp: 100, messages: 200 } as const;
/** Each with a room, in which it sends its next message after the event of the one before. */
const SENDERS = 8;

const SAMPLED: readonly { readonly name: string; readonly ratio: number | null }[] = [
  { name: 'off', ratio: null },
  { name: '1 % sampled', ratio: 0.01 },
  { name: 'all sampled', ratio: 1 },
];

interface Variant {
  readonly program: Program;
  readonly senders: readonly Sender[];
  readonly taken: number[];
}

/** A collector that takes everything and reads nothing of it. */
async function openCollector(): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = createServer((request, response) => {
    request.resume();
    request.once('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function openVariant(deployment: Deployment, name: string, ratio: number | null, url: string): Promise<Variant> {
  const env =
    ratio === null
      ? {}
      : { MADANG_TRACES: 'on', OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_TRACES_SAMPLER_ARG: String(ratio) };
  const program = programOf(name, await deployment.start('all', env));
  const senders: Sender[] = [];
  for (let index = 0; index < SENDERS; index++) senders.push(await openSender(program.url));
  return { program, senders, taken: [] };
}

/** @returns microseconds of processor time for a message */
async function cpuOf({ program, senders }: Variant, messages: number): Promise<number> {
  const before = await program.cpuMicros();
  let next = 0;
  await Promise.all(
    senders.map(async (sender) => {
      while (next < messages) await sender.send(`hello ${next++}`);
    }),
  );
  return ((await program.cpuMicros()) - before) / messages;
}

export const traces: Scenario = {
  name: 'traces',
  about: 'processor time of one message with traces off, with one in a hundred sampled, and with all of them',
  async run(report, { quick }): Promise<BenchResult> {
    const { rounds, warmUp, messages } = quick ? QUICK : SIZES;
    report('starting PostgreSQL, Redis and the programs');
    await using stack = await startStack();
    await using collector = await openCollector();
    const deployments: Deployment[] = [];
    const variants: Variant[] = [];
    try {
      for (const { name, ratio } of SAMPLED) {
        const deployment = await openDeployment(stack, 'embedded');
        deployments.push(deployment);
        variants.push(await openVariant(deployment, name, ratio, collector.url));
      }
      report('warming up');
      for (const variant of variants) await cpuOf(variant, warmUp);
      for (let round = 1; round <= rounds; round++) {
        report(`round ${round} of ${rounds}`);
        // In the other order each time: a machine that slows down must not favour the first.
        for (const variant of round % 2 === 0 ? variants.toReversed() : variants)
          variant.taken.push(await cpuOf(variant, messages));
      }
    } finally {
      for (const { senders } of variants) for (const sender of senders) await sender[Symbol.asyncDispose]();
      for (const deployment of deployments) await deployment[Symbol.asyncDispose]();
    }
    const off = variants[0]!.taken;
    const figures = variants.map(({ program, taken }) => ({
      traces: program.name,
      micros: spread(taken),
      // Compared within a round, so that a busy machine changes both.
      toOff: spread(taken.map((micros, round) => micros / off[round]!)),
    }));
    return {
      tables: [
        {
          title: '',
          headings: ['traces', 'CPU µs a message', 'compared with off'],
          rows: figures.map((each) => [each.traces, showSpread(each.micros, 0), showSpread(each.toOff)]),
        },
      ],
      headlines: [],
      notes: [
        'One process with all roles, the log in PostgreSQL: `sendMessage` over HTTP, until its sender has the event.',
        `${SENDERS} senders, each in a room of its own; ${messages} messages a round, ${rounds} rounds in turn.`,
        'A collector on the same machine takes the spans. Its processor time does not count.',
      ],
      figures,
    };
  },
};
