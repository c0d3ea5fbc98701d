import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { until } from '../support/conditions.js';
import type { Deployment } from '../support/deployment.js';
import { engines, openDeployment } from '../support/deployment.js';
import type { Pressed, Watch, WireRequest } from '../support/gifticons.js';
import {
  asAdmin,
  campaignOf,
  createCampaign,
  numberOf,
  press,
  pressing,
  requestOf,
  through,
  watch,
  watchProgress,
} from '../support/gifticons.js';
import type { MadangProcess } from '../support/madang.js';
import { holdOrRelease } from '../support/operator.js';
import type { WireReceipt, WireUser } from '../support/wire.js';
import { codeOf, signInOnWire } from '../support/wire.js';

const UNKNOWN = '0b6f2c1e-93a0-5c7e-8a51-0d2f4b6a8c01';

const distinct = (values: readonly unknown[]): number => new Set(values).size;
const last = ({ statuses }: Watch): WireRequest | undefined => statuses.at(-1);

/** Runs the work while the deployment's database takes no connections. */
async function withoutDatabase({ env }: Deployment, work: () => Promise<void>): Promise<void> {
  const name = new URL(env.DATABASE_URL!).pathname.slice(1);
  const server = new pg.Client({ connectionString: process.env.TEST_POSTGRES_URL });
  await server.connect();
  try {
    await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    await server.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
    await work();
  } finally {
    await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    await server.end();
  }
}

describe.each(engines)('gifticons, on %s', (engine) => {
  let deployment: Deployment;
  let first: MadangProcess;
  let second: MadangProcess;
  let admin: WireUser;

  beforeAll(async () => {
    deployment = await openDeployment(engine);
    [first, second] = await Promise.all([deployment.start(), deployment.start()]);
    admin = await asAdmin(deployment, await signInOnWire(first.url, 'admin'));
  }, 120_000);
  afterAll(async () => {
    await Promise.all([first?.stop(), second?.stop()]);
    await deployment?.[Symbol.asyncDispose]();
  });

  let users = 0;
  const newUser = (url = first.url): Promise<WireUser> => signInOnWire(url, `user${++users}`);
  const newUsers = (count: number): Promise<WireUser[]> => Promise.all(Array.from({ length: count }, () => newUser()));
  const there = (user: WireUser): WireUser => through(second.url, user);

  /** Pauses or resumes a campaign, and waits until every serving process shows it. */
  const hold = async (
    campaignId: string,
    held: boolean,
    by: readonly MadangProcess[] = [first, second],
  ): Promise<void> => {
    await holdOrRelease(deployment, held ? 'PauseGifticonCampaign' : 'ResumeGifticonCampaign', campaignId);
    for (const { url } of by)
      await until(
        async () => (await campaignOf(through(url, admin), campaignId))?.paused === held,
        `the campaign is ${held ? 'held' : 'released'}`,
      );
  };
  const commandOf = async (user: WireUser, id: string): Promise<WireReceipt | null> =>
    (
      await user.ask<{ command: WireReceipt | null }>(
        'query ($id: ID!) { command(id: $id) { commandId status position rejection { code message } } }',
        { id },
      )
    ).data!.command;

  test('twelve ask for five, some twice: the first get one each, all get an outcome', async () => {
    const campaign = await createCampaign(admin, { stock: 5 });
    expect(campaign).toMatchObject({
      stock: 5,
      issued: 0,
      queued: 0,
      state: 'OPEN',
      closesAt: null,
      drainRatePerSecond: 0,
      paused: false,
    });
    await hold(campaign.id, true);
    const customers = await newUsers(12);
    const ids = customers.map(() => randomUUID() as string);
    for (const [index, user] of customers.entries()) {
      const { receipt, request } = await press(user, campaign.id, { commandId: ids[index]! });
      expect(receipt).toEqual({ commandId: ids[index], status: 'ACCEPTED', position: null, rejection: null });
      expect(request).toMatchObject({
        id: ids[index],
        campaignId: campaign.id,
        status: 'QUEUED',
        ahead: index,
        code: null,
        issuedAt: null,
        rejection: null,
        duplicateOf: null,
      });
    }
    await until(
      async () => (await requestOf(there(customers[11]!), ids[11]!))?.ahead === 11,
      'the other process knows of all of them',
    );
    expect(await campaignOf(there(admin), campaign.id)).toMatchObject({
      queued: 12,
      issued: 0,
      state: 'OPEN',
      paused: true,
    });

    // The same id again keeps the first place, another id is refused: by the first process, and by the other.
    for (const [index, url] of [
      [0, first.url],
      [1, second.url],
      [7, first.url],
      [8, second.url],
    ] as const) {
      const user = through(url, customers[index]!);
      const again = await press(user, campaign.id, { commandId: ids[index]!.toUpperCase() });
      expect([again.receipt.commandId, again.receipt.status, again.request.status, again.request.ahead]).toEqual([
        ids[index],
        'ACCEPTED',
        'QUEUED',
        index,
      ]);
      const another = await press(user, campaign.id);
      expect(another.receipt).toMatchObject({
        status: 'REJECTED',
        position: null,
        rejection: { code: 'ALREADY_REQUESTED' },
      });
      expect(another.request).toMatchObject({
        id: another.receipt.commandId,
        status: 'REJECTED',
        rejection: { code: 'ALREADY_REQUESTED' },
        duplicateOf: ids[index],
      });
    }

    const watches = customers.map((user, index) => watch(index % 2 ? there(user) : user, ids[index]!));
    await until(() => watches.every(({ statuses }) => statuses.length > 0), 'everyone hears where they stand');
    expect(watches.map((each) => each.statuses[0]!.ahead)).toEqual(ids.map((_, index) => index));
    await hold(campaign.id, false);
    await until(() => watches.every((each) => each.completed()), 'everyone hears the outcome', 60_000);

    expect(watches.flatMap(({ errors }) => errors)).toEqual([]);
    expect(watches.map((each) => last(each)?.status)).toEqual(
      ids.map((_, index) => (index < 5 ? 'ISSUED' : 'SOLD_OUT')),
    );
    for (const { statuses } of watches) {
      const places = statuses.map(({ ahead }) => ahead);
      expect(places).toEqual(places.toSorted((a, b) => b - a));
      expect(statuses.at(-1)).toMatchObject({ ahead: 0, etaSeconds: null, rejection: null, duplicateOf: null });
      expect(statuses.filter(({ status }) => status !== 'QUEUED')).toHaveLength(1);
    }
    const codes = watches.slice(0, 5).map((each) => last(each)!.code);
    expect([distinct(codes), codes.every((code) => typeof code === 'string' && code !== '')]).toEqual([5, true]);
    expect(watches.slice(5).every((each) => last(each)!.code === null && last(each)!.issuedAt === null)).toBe(true);
    for (const { url } of [first, second]) {
      await until(
        async () => (await campaignOf(through(url, admin), campaign.id))?.state === 'SOLD_OUT',
        'it is sold out',
      );
      expect(await campaignOf(through(url, admin), campaign.id)).toMatchObject({
        stock: 5,
        issued: 5,
        queued: 0,
        paused: false,
      });
      for (const [index, user] of customers.entries())
        expect(await requestOf(through(url, user), ids[index]!)).toEqual(last(watches[index]!));
    }
    await until(
      async () => (await campaignOf(admin, campaign.id))?.drainRatePerSecond === 0,
      'the issuer is idle again',
    );

    // The outcome of an old request stays, and a new one is refused at once.
    for (const here of [(user: WireUser) => user, there]) {
      const issued = await press(here(customers[0]!), campaign.id, { commandId: ids[0]! });
      expect(issued.request).toEqual(last(watches[0]!));
      expect(issued.receipt).toEqual({
        commandId: ids[0],
        status: 'SUCCEEDED',
        position: expect.any(String),
        rejection: null,
      });
      expect(await commandOf(here(customers[0]!), ids[0]!)).toEqual(issued.receipt);
      const missed = await press(here(customers[5]!), campaign.id, { commandId: ids[5]! });
      expect([missed.receipt.status, missed.receipt.rejection?.code, missed.request]).toEqual([
        'REJECTED',
        'SOLD_OUT',
        last(watches[5]!),
      ]);
      const { receipt, request } = await press(here(await newUser()), campaign.id);
      expect(receipt).toMatchObject({ status: 'REJECTED', position: null, rejection: { code: 'SOLD_OUT' } });
      expect(request).toMatchObject({
        status: 'SOLD_OUT',
        ahead: 0,
        etaSeconds: null,
        code: null,
        rejection: null,
        duplicateOf: null,
      });
    }
    await Promise.all(watches.map((each) => each[Symbol.asyncDispose]()));
  }, 180_000);

  test('thirty ask through both processes, each twice at once: seven get one each', async () => {
    const campaign = await createCampaign(admin, { stock: 7 });
    const customers = await newUsers(30);
    await until(
      async () => (await campaignOf(there(admin), campaign.id)) !== null,
      'the other process knows the campaign',
    );
    const pairs = await Promise.all(
      customers.map((user, index) =>
        Promise.all([
          press(user, campaign.id, { waitFor: 'DECIDED' }),
          press(index % 2 ? user : there(user), campaign.id, { waitFor: 'DECIDED' }),
        ]),
      ),
    );
    // A request that took longer than the server's wait is polled until it has an outcome.
    const settled = async (user: WireUser, { request }: Pressed): Promise<WireRequest> => {
      let now: WireRequest | null = request;
      await until(
        async () => now?.status !== 'QUEUED' || ((now = await requestOf(user, request.id)), false),
        'it has its outcome',
        60_000,
      );
      return now;
    };
    const requests = await Promise.all(
      pairs.map((pair, index) => Promise.all(pair.map((pressed) => settled(customers[index]!, pressed)))),
    );
    const issued = requests.flat().filter(({ status }) => status === 'ISSUED');
    expect([issued.length, distinct(issued.map(({ code }) => code))]).toEqual([7, 7]);
    for (const pair of requests) {
      // One counts; the other was a second one, or came after the last gifticon.
      expect(pair.filter(({ status }) => status === 'ISSUED').length).toBeLessThanOrEqual(1);
      for (const [index, { status, rejection, duplicateOf }] of pair.entries()) {
        if (status === 'REJECTED')
          expect([rejection?.code, duplicateOf]).toEqual(['ALREADY_REQUESTED', pair[1 - index]!.id]);
        else expect(['ISSUED', 'SOLD_OUT']).toContain(status);
      }
    }
    await until(async () => (await campaignOf(there(admin), campaign.id))?.state === 'SOLD_OUT', 'it is sold out');
    expect(await campaignOf(there(admin), campaign.id)).toMatchObject({ issued: 7, stock: 7 });
  }, 180_000);

  test('all who wait are told the progress together, and each knows its number', async () => {
    const [campaign, other] = [await createCampaign(admin, { stock: 3 }), await createCampaign(admin, { stock: 9 })];
    await hold(campaign.id, true);
    const customers = await newUsers(5);
    await using elsewhere = watchProgress(there(customers[1]!), campaign.id);
    await using here = watchProgress(customers[0]!, campaign.id);
    await until(() => here.values.length > 0 && elsewhere.values.length > 0, 'both have the present state');
    const ids: string[] = [];
    for (const [n, user] of customers.entries()) {
      ids.push((await press(n % 2 === 0 ? user : there(user), campaign.id)).request.id);
      await press(user, other.id);
    }
    for (const url of [first.url, second.url])
      expect(await Promise.all(customers.map((user, n) => numberOf(through(url, user), ids[n]!)))).toEqual([
        1, 2, 3, 4, 5,
      ]);
    const waiting = { served: 0, issued: 0, stock: 3, queued: 5, ratePerSecond: 0, state: 'OPEN' };
    for (const each of [here, elsewhere])
      await until(() => each.values.at(-1)?.queued === 5, 'all of them wait').then(() =>
        expect(each.values.at(-1)).toMatchObject({ ...waiting, ratePerSecond: expect.any(Number) }),
      );

    await hold(campaign.id, false);
    for (const each of [here, elsewhere]) {
      await until(() => each.completed(), 'it completes once nobody waits in a campaign that is over');
      expect(each.values.at(-1)).toMatchObject({ served: 5, issued: 3, queued: 0, state: 'SOLD_OUT' });
      expect(each.errors).toEqual([]);
    }
    expect(await numberOf(there(customers[4]!), ids[4]!)).toBe(5);
    expect(await numberOf(customers[0]!, ids[4]!)).toBeUndefined();
  });

  test('a request and its code are their owner’s alone', async () => {
    const campaign = await createCampaign(admin, { stock: 2 });
    const [mina, jun] = (await newUsers(2)) as [WireUser, WireUser];
    const { receipt, request } = await press(mina, campaign.id, { waitFor: 'DECIDED' });
    expect([receipt.status, request.status, typeof request.code]).toEqual(['SUCCEEDED', 'ISSUED', 'string']);
    for (const other of [jun, there(jun), admin]) {
      expect([await requestOf(other, request.id), await commandOf(other, request.id)]).toEqual([null, null]);
      await using watching = watch(other, request.id);
      await until(() => watching.errors.length > 0, 'it is refused');
      expect([watching.statuses, watching.errors]).toEqual([
        [],
        [[expect.objectContaining({ extensions: { code: 'NOT_FOUND' } })]],
      ]);
      const { request: taken, receipt: refused } = await press(other, campaign.id, {
        commandId: request.id,
        waitFor: 'DECIDED',
      });
      expect([refused.status, refused.rejection?.code, taken.status, taken.code]).toEqual([
        'REJECTED',
        'COMMAND_ID_REUSED',
        'REJECTED',
        null,
      ]);
    }
    expect(await requestOf(there(mina), request.id)).toEqual(request);
  });

  test('a campaign that is not open, over or missing is refused so', async () => {
    const mina = await newUser();
    const soon = await createCampaign(admin, { stock: 1, opensAt: '2999-01-01T00:00:00Z' });
    const empty = await createCampaign(admin, { stock: 0 });
    const over = await createCampaign(admin, {
      stock: 1,
      opensAt: '2020-01-01T00:00:00Z',
      closesAt: '2020-01-02T00:00:00Z',
    });
    expect([soon.state, empty.state, over.state]).toEqual(['SCHEDULED', 'SCHEDULED', 'CLOSED']);
    for (const here of [mina, there(mina)]) {
      for (const [id, state, code] of [
        [soon.id, 'SCHEDULED', 'CAMPAIGN_NOT_OPEN'],
        [empty.id, 'SCHEDULED', 'CAMPAIGN_NOT_OPEN'],
        [over.id, 'CLOSED', 'CAMPAIGN_CLOSED'],
        [UNKNOWN, undefined, 'CAMPAIGN_NOT_FOUND'],
      ] as const) {
        expect((await campaignOf(here, id))?.state).toBe(state);
        const { receipt, request } = await press(here, id, { waitFor: 'DECIDED' });
        expect([receipt.status, receipt.rejection?.code, request.status, request.rejection?.code]).toEqual([
          'REJECTED',
          code,
          'REJECTED',
          code,
        ]);
      }
    }
  });

  test('campaigns are opened by admins alone, and seen by every signed-in user', async () => {
    const mina = await newUser();
    const CREATE =
      'mutation ($input: CreateGifticonCampaignInput!) { createGifticonCampaign(input: $input) ' +
      '{ receipt { status position } campaign { id } } }';
    const input = { commandId: randomUUID(), title: 'Tea', stock: 1 };
    expect(codeOf(await mina.ask(CREATE, { input }))).toBe('FORBIDDEN');
    const [once, twice] = [await admin.ask(CREATE, { input }), await there(admin).ask(CREATE, { input })];
    expect(once.data).toMatchObject({ createGifticonCampaign: { receipt: { status: 'SUCCEEDED' } } });
    expect(twice.data).toEqual(once.data);
    const { id } = (once.data as { createGifticonCampaign: { campaign: { id: string } } }).createGifticonCampaign
      .campaign;
    expect([
      await campaignOf(there(mina), id),
      await campaignOf(mina, UNKNOWN),
      await campaignOf(mina, 'no id'),
    ]).toEqual([expect.objectContaining({ title: 'Tea' }), null, null]);
  });

  test('a client of a lost server continues at another one, and keeps the outcome', async () => {
    const campaign = await createCampaign(admin, { stock: 1 });
    await hold(campaign.id, true);
    const mina = await newUser();
    const { request } = await press(mina, campaign.id);
    await using before = watch(mina, request.id);
    await until(() => last(before)?.status === 'QUEUED', 'the place is told');
    await first.kill();
    await until(() => before.errors.length > 0, 'the connection is gone');

    await using after = watch(there(mina), request.id);
    await until(() => last(after)?.status === 'QUEUED', 'the other one tells it too');
    await hold(campaign.id, false, [second]);
    await until(() => after.completed(), 'the outcome is told', 90_000);
    expect([after.errors, last(after)?.status, typeof last(after)?.code]).toEqual([[], 'ISSUED', 'string']);

    first = await deployment.start();
    const later = through(first.url, mina);
    expect(await requestOf(later, request.id)).toEqual(last(after));
    await using again = watch(later, request.id);
    await until(() => again.completed(), 'a subscription after the outcome tells it and completes');
    expect(again.statuses).toEqual([last(after)]);
  }, 240_000);
});

test('while the database is away a user is queued at once, and served afterwards', async () => {
  await using deployment = await openDeployment('kafka');
  await using madang = await deployment.start();
  const admin = await asAdmin(deployment, await signInOnWire(madang.url, 'admin'));
  const { id } = await createCampaign(admin, { stock: 5 });
  const customers = await Promise.all(
    Array.from({ length: 5 }, (_, index) => signInOnWire(madang.url, `user${index}`)),
  );
  const pressed: Pressed[] = [];
  await withoutDatabase(deployment, async () => {
    for (const user of customers) pressed.push(await press(user, id));
    expect(pressed.map(({ receipt, request }) => [receipt.status, request.status, request.ahead])).toEqual(
      customers.map((_, index) => ['ACCEPTED', 'QUEUED', index]),
    );
    // The same request again is known without it.
    expect((await press(customers[1]!, id, { commandId: pressed[1]!.request.id })).request).toMatchObject({
      status: 'QUEUED',
      ahead: 1,
    });
    // A client's own id may belong to a request that was decided before: no final refusal without the database.
    expect((await pressing(customers[1]!, id)).errors).toMatchObject([
      { extensions: { code: 'TOO_MANY_REQUESTS', retryAfterMs: expect.any(Number) as number } },
    ]);
    expect(await campaignOf(admin, id)).toMatchObject({ queued: 5, issued: 0 });
  });
  const watches = customers.map((user, index) => watch(user, pressed[index]!.request.id));
  await until(() => watches.every((each) => each.completed()), 'everyone has an outcome', 60_000);
  expect(watches.map((each) => [last(each)?.status, each.errors])).toEqual(customers.map(() => ['ISSUED', []]));
  expect(distinct(watches.map((each) => last(each)?.code))).toBe(5);
  await Promise.all(watches.map((each) => each[Symbol.asyncDispose]()));
}, 180_000);
