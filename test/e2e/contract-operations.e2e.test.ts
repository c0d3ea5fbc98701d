import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../support/conditions.js';
import type { ContractSite } from '../support/contract-site.js';
import { openContractSite } from '../support/contract-site.js';
import type { MadangProcess } from '../support/madang.js';
import { command, commanded, expectUnharmed, wireUser } from '../support/wire.js';
import { EVENTS, hear, metric, metricsOf } from '../support/contract.js';

// The promises to operators. Two processes of one deployment; most requests go to the first.

let site: ContractSite;
beforeAll(async () => {
  site = await openContractSite();
});
afterAll(() => site?.[Symbol.asyncDispose]());

describe('metrics', () => {
  test('every stage of a message is counted and timed', async () => {
    const both = [site.first, site.second];
    const [mina, stranger] = await Promise.all([site.newUser(), site.newUser()]);
    const roomId = await site.newRoom(mina);
    const { receipt } = await commanded(mina, 'sendMessage', { roomId, body: 'before' }, 'PROJECTED');
    const heard = hear(mina, EVENTS, { roomId, after: receipt.position });
    await until(
      async () => (await metric([site.first], 'subscribers', 'transport="websocket"')) === 1,
      'the subscription stands',
    );

    const grown: readonly (readonly [name: string, labels: string, by: number])[] = [
      ['commands_accepted_total', 'type="SendMessage"', 5],
      ['commands_decided_total', 'type="SendMessage"', 3],
      ['commands_rejected_total', 'code="NOT_A_MEMBER"', 1],
      ['commands_repeated_total', 'type="SendMessage"', 1],
      ['events_published_total', '', 3],
      ['events_projected_total', 'projection="timeline"', 3],
      ['events_pushed_total', '', 3],
      ['fan_out_executions_total', '', 3],
      ['command_accepted_seconds_count', '', 5],
      ['command_decided_seconds_count', '', 5],
      ['decide_batch_seconds_count', '', 3],
      ['project_batch_seconds_count', 'projection="timeline"', 1],
      ['push_seconds_count', '', 3],
      ['graphql_request_seconds_count', 'operation="mutation",transport="http"', 5],
    ];
    const before = await Promise.all(grown.map(([name, labels]) => metric(both, name, labels)));
    const commandId = randomUUID();
    for (const body of ['one', 'two']) await commanded(mina, 'sendMessage', { roomId, body });
    for (let times = 0; times < 2; times++) await commanded(mina, 'sendMessage', { roomId, body: 'three', commandId });
    await command(stranger, 'sendMessage', { roomId, body: 'x' });
    await until(() => heard.results.length === 3, 'all are heard');
    for (const [index, [name, labels, by]] of grown.entries()) {
      await until(
        async () => (await metric(both, name, labels)) - before[index]! >= by,
        `${name}{${labels}} grows by ${by}`,
        5_000,
      );
    }
    expect(await metric([site.first], 'fan_out_groups')).toBe(1);
    expect(await metric([site.first], 'websocket_connections')).toBe(1);
    await heard.stop();
    await until(
      async () =>
        (await metric([site.first], 'subscribers')) +
          (await metric([site.first], 'fan_out_groups')) +
          (await metric([site.first], 'websocket_connections')) ===
        0,
      'the gauges go back',
    );
  });

  test('the lag of each reader is a gauge, and 0 on a quiet system', async () => {
    for (const [name, labels] of [
      ['decider_lag_commands', 'queue="commands"'],
      ['projection_lag_events', 'projection="timeline"'],
      ['feed_lag_events', 'partition="0"'],
    ] as const) {
      await until(async () => (await metricsOf(site.first)).includes(`madang_${name}{`), `${name} is measured`);
      await until(async () => (await metric([site.first, site.second], name, labels)) === 0, `${name} is nothing`);
    }
  });

  test('the metrics that operators’ tools use exist', async () => {
    const [alive, ready] = await Promise.all([fetch(`${site.first.url}/healthz`), fetch(`${site.first.url}/readyz`)]);
    expect([alive.status, await alive.json(), ready.status, await ready.json()]).toEqual([
      200,
      { status: 'ok' },
      200,
      { ready: true, reasons: [] },
    ]);
    const metrics = await fetch(`${site.first.url}/metrics`);
    expect(metrics.headers.get('content-type')).toContain('text/plain');
    const text = await metrics.text();
    for (const family of [
      'dead_letters_total',
      'subscribers_lagged_total',
      'process_cpu_seconds_total',
      'nodejs_eventloop_lag_seconds',
    ])
      expect(text).toContain(`# TYPE madang_${family} `);
  });
});

test('a browser gets an IDE at /graphql, with scripts from this server', async () => {
  const response = await fetch(`${site.first.url}/graphql`, {
    headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' },
  });
  const page = await response.text();
  expect([response.status, response.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
  const links = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link!);
  expect(links.length).toBeGreaterThan(0);
  for (const link of links) expect((await fetch(new URL(link, `${site.first.url}/graphql`))).status).toBe(200);
  expect(links.filter((link) => /^(?:https?:)?\/\//.test(link))).toEqual([]);
});

test('one trace id is kept through the log, from the request to the sockets', async () => {
  const [mina, jun] = [await site.newUser(), await site.newUser(site.second.url)];
  const roomId = await site.newRoom(mina);
  const { receipt } = await commanded(jun, 'joinRoom', { roomId });
  const heard = hear(jun, EVENTS, { roomId, after: receipt.position });
  // Reading the history is no push, and has no trace.
  await until(
    async () => (await metric([site.second], 'subscribers', 'transport="websocket"')) === 1,
    'the subscription stands',
  );
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
  const answer = await command(mina, 'sendMessage', { roomId, body: 'follow me' }, 'DECIDED', headers);
  expect(answer.headers.get('x-trace-id')).toBe(traceId);
  await until(() => heard.results.length === 1, 'the message is heard');
  const linesOf = (process: MadangProcess, msg: string) =>
    process.log.filter((line) => line.msg === msg && line.traceId === traceId);
  await until(() => linesOf(site.second, 'event pushed').length === 1, 'the push is logged where the socket is');
  // The output of the other process may be read later.
  const accepted = () => linesOf(site.first, 'command accepted').length;
  const decided = () => [site.first, site.second].flatMap((each) => linesOf(each, 'command decided')).length;
  await until(() => accepted() > 0 && decided() > 0, 'the command is logged where it is accepted and decided');
  expect([accepted(), decided()]).toEqual([1, 1]);
  // A missing trace id is generated, and kept as far.
  const own = await command(mina, 'sendMessage', { roomId, body: 'and me' });
  await until(
    () => site.second.log.some((line) => line.msg === 'event pushed' && line.traceId === own.headers.get('x-trace-id')),
    'it leads there, too',
  );
  await heard.stop();
});

describe('the operator’s tool finds the deployment by its environment', () => {
  const run = async (...args: string[]): Promise<string> => {
    const { NODE_OPTIONS: _, ...inherited } = process.env;
    return (
      await promisify(execFile)(join(process.cwd(), 'bin/madang'), args, {
        env: { ...inherited, ...site.deployment.env },
        maxBuffer: 64 << 20,
      })
    ).stdout;
  };

  test('token: a development token that the API takes, the same user each time', async () => {
    const token = (await run('token', 'operator', '--role', 'admin')).trim();
    const again = JSON.parse(await run('token', 'Operator', '--json')) as {
      token: string;
      user: { id: string; handle: string };
    };
    const { data } = await wireUser(site.first.url, token, '').ask('{ me { id handle } }');
    expect(data).toEqual({ me: { id: again.user.id, handle: 'operator' } });
    expect(JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())).toMatchObject({
      sub: again.user.id,
      handle: 'operator',
      roles: ['admin'],
    });
    await expect(run('token', 'not a handle')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('not a handle: Write 1 to 30'),
    });
  });

  test('projections: every read model with store, version, lag; status by partition', async () => {
    const list = JSON.parse(await run('projections', 'list', '--json')) as {
      name: string;
      store: string;
      version: number;
      lag: number;
      live: boolean;
    }[];
    expect(list.map(({ name }) => name)).toEqual(expect.arrayContaining(['timeline', 'rooms', 'members', 'users']));
    for (const each of list)
      expect(each).toMatchObject({
        store: expect.stringMatching(/postgres|redis/i),
        version: expect.any(Number),
        live: true,
      });
    const status = JSON.parse(await run('projections', 'status', 'timeline', '--json')) as {
      partitions: { partition: number; position: number; head: number; lag: number }[];
    }[];
    expect(status[0]!.partitions.map(({ partition }) => partition)).toEqual([0, 1, 2, 3, 4, 5]);
    for (const { position, head, lag } of status[0]!.partitions) expect(position + lag).toBe(head);
  });

  test("events tail: a room's log, a line of JSON an event, with the API's positions", async () => {
    const mina = await site.newUser();
    const roomId = await site.newRoom(mina);
    const { receipt, message } = await commanded(mina, 'sendMessage', { roomId, body: 'for the record' });
    const lines = (await run('events', 'tail', '--room', roomId, '--from', 'start', '--no-follow', '--json'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ type }) => type)).toEqual(['RoomCreated', 'MemberJoined', 'MessagePosted']);
    expect(lines[2]).toMatchObject({
      position: receipt.position,
      commandId: receipt.commandId,
      key: roomId,
      data: { seq: message!.seq, body: 'for the record' },
    });
    const rest = await run(
      'events',
      'tail',
      '--room',
      roomId,
      '--from',
      String(lines[1]!.position),
      '--no-follow',
      '--json',
    );
    expect(
      rest
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([lines[2]]);
  });
});

test('both processes are unharmed', async () => {
  for (const each of [site.first, site.second]) await expectUnharmed(each);
});
