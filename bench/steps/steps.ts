import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startMadang } from '../../test/support/madang.js';
import { createCampaign, until } from '../gifticon/rush.js';
import { newest, paceOf, send } from '../hot-room/queries.js';
import { openSender } from '../latency/sender.js';
import type { Deployment } from '../support/deployment.js';
import { openDeployment } from '../support/deployment.js';
import type { RawConnection } from '../support/raw-http.js';
import { openConnection } from '../support/raw-http.js';
import type { BenchResult, Scenario } from '../support/scenario.js';
import { startStack } from '../support/stack.js';
import type { Executed, Way } from './executed.js';
import { openCallCounter } from './executed.js';

const SIZES = { warmUp: 30, rounds: 15 } as const;
const QUICK = { warmUp: 3, rounds: 3 } as const;
const MESSAGES = 60;
const REQUEST =
  'mutation Press($id: ID!) { requestGifticon(input: { campaignId: $id }, waitFor: DECIDED) { request { status } } }';

async function asked(connection: RawConnection, token: string, body: string): Promise<string> {
  const answer = await connection.post('/graphql', token, body);
  if (answer.status !== 200 || !answer.body.startsWith('{"data"')) throw new Error(answer.body);
  return answer.body;
}

/** A room with a page of messages. @returns the body of a request for it */
async function fillRoom(connection: RawConnection, token: string, title: string): Promise<[string, string]> {
  const query = `mutation { createRoom(input: { title: "${title}" }, waitFor: PROJECTED) { room { id } } }`;
  const made = JSON.parse(await asked(connection, token, JSON.stringify({ query }))) as {
    readonly data: { readonly createRoom: { readonly room: { readonly id: string } } };
  };
  const { id } = made.data.createRoom.room;
  for (let index = 0; index < MESSAGES; index++) await asked(connection, token, send(id, `hello ${index}`));
  return [id, newest(id)];
}

async function makeHot({ env }: Deployment, roomId: string): Promise<void> {
  const cli = [join(process.cwd(), 'dist/cli/main.js'), 'heat', 'set', roomId, '--for', '1h'];
  await promisify(execFile)(process.execPath, cli, { env: { ...process.env, ...env } });
}

/** A user's second request takes another way: each press is another user's first. */
async function presses(deployment: Deployment, connection: RawConnection, url: string, count: number): Promise<Way> {
  const tokens = await deployment.tokens(Array.from({ length: count }, () => randomUUID()));
  const id = await createCampaign(deployment, url, count);
  let next = 0;
  return {
    name: '`requestGifticon` until it is issued',
    async request() {
      const body = await asked(connection, tokens[next++]!, JSON.stringify({ query: REQUEST, variables: { id } }));
      if (!body.includes('"ISSUED"')) throw new Error(body);
    },
  };
}

export const steps: Scenario = {
  name: 'steps',
  about: 'files and functions of the program that one request executes, counted by V8',
  async run(report, { quick }): Promise<BenchResult> {
    const { warmUp, rounds } = quick ? QUICK : SIZES;
    report('starting PostgreSQL, Redis and the program');
    await using stack = await startStack();
    await using deployment = await openDeployment(stack, 'embedded');
    await using madang = await startMadang({
      env: { ...deployment.env, MADANG_RATE_LIMITS: 'off' },
      program: ['--inspect=127.0.0.1:0', join(process.cwd(), 'dist/main.js')],
    });
    await using sender = await openSender(madang.url);
    const connection = await openConnection(madang.url);
    const [token] = await deployment.tokens([randomUUID()]);
    const [, quietPage] = await fillRoom(connection, token!, 'quiet');
    const [hotRoom, hotPage] = await fillRoom(connection, token!, 'hot');
    await makeHot(deployment, hotRoom);
    await until(async () => paceOf(await connection.post('/graphql', token!, hotPage)) > 0);

    let sent = 0;
    const fetchHot = (): Promise<unknown> => asked(connection, token!, hotPage);
    const ways: readonly Way[] = [
      { name: '`sendMessage` until a subscriber has its event', request: () => sender.send(`hello ${sent++}`) },
      { name: 'a page of a quiet room', request: () => asked(connection, token!, quietPage) },
      { name: 'a page of a hot room, the first in a while', request: fetchHot },
      { name: 'a page of a hot room, shared with the one before', prepare: fetchHot, request: fetchHot },
      await presses(deployment, connection, madang.url, warmUp + rounds),
    ];
    using counter = await openCallCounter(madang, process.cwd());
    const figures: (Executed & { readonly name: string })[] = [];
    for (const way of ways) {
      report(way.name);
      for (let index = 0; index < warmUp; index++) await way.request();
      figures.push({ name: way.name, ...(await counter.executedBy(way, rounds)) });
    }
    connection.close();
    return {
      tables: [
        {
          title: '',
          headings: ['request', 'files', 'functions'],
          rows: figures.map(({ name, files, functions }) => [name, String(files), String(functions)]),
        },
      ],
      headlines: [],
      notes: [
        'One process with all roles, the log in PostgreSQL, HTTP for requests and WebSocket for the event.',
        `Of ${rounds} requests, one at a time: functions that each of them calls, ` +
          'and more often than the process does by itself in as long a time.',
        'Read models that are projected meanwhile count, libraries do not. Each closure is a function.',
      ],
      figures,
    };
  },
};
