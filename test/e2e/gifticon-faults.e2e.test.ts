import { randomInt, randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { derivedId } from '../../src/engine/domain/command-id.js';
import type { CampaignId } from '../../src/events/ids.js';
import { partitionOf } from '../../src/engine/log/partitioning.js';
import { openPool } from '../../src/engine/postgres/pool.js';
import { until } from '../support/conditions.js';
import { engines } from '../support/deployment.js';
import type { FaultSite } from '../support/fault-site.js';
import { openFaultSite } from '../support/fault-site.js';
import { Customer } from '../support/gifticon-customer.js';
import { expectPromiseKept } from '../support/gifticon-promise.js';
import { readGifticonRecord } from '../support/gifticon-record.js';
import { Rush } from '../support/gifticon-rush.js';
import { expectFirstComeFirstServed, expectTrueAnswers } from '../support/gifticon-answers.js';
import { campaignOf, createCampaign, pressing, through } from '../support/gifticons.js';
import type { KillableServer } from '../support/killable-servers.js';
import { seeded } from '../support/simulated-database.js';
import type { WireUser } from '../support/wire.js';
import { forgeToken, secondsFromNow, secretOf, wireUser } from '../support/wire.js';

/**
 * FAULT_SEED=… repeats the same times, as far as several processes can. FAULT_VERBOSE=1 prints each fault as it
 * happens.
 */
const SEED = Number(process.env.FAULT_SEED || randomInt(2 ** 31));
process.stderr.write(`gifticon faults: FAULT_SEED=${SEED}\n`);

const APIS = ['api', 'all but issuing'];
const ISSUERS = ['issuer 1', 'issuer 2', 'issuer 3'];
/** So slow that the queue outlasts all faults of the test. */
const SLOW = { MADANG_ROLES: 'issuer', GIFTICON_MIN_RATE: '10', GIFTICON_MAX_RATE: '10', LOG_LEVEL: 'debug' };
const FAST = { MADANG_ROLES: 'issuer' };
/** Far enough apart that three issuers have one each, in any assignment. */
const PARTITIONS_USED = [0, 2, 4];

describe.each(engines)(`in the middle of a drain, on %s (FAULT_SEED=${SEED})`, (engine) => {
  let site: FaultSite;
  let pool: pg.Pool;
  let people: readonly WireUser[];
  let admin: WireUser;

  beforeAll(async () => {
    site = await openFaultSite(engine);
    const roles = { [APIS[0]!]: 'api', [APIS[1]!]: 'api,decider,projector' };
    await Promise.all([
      ...APIS.map((name) => site.start(name, { MADANG_ROLES: roles[name]! })),
      ...ISSUERS.map((name) => site.start(name, SLOW)),
    ]);
    pool = openPool({ url: site.env.DATABASE_URL!, max: 1, name: 'gifticon-faults-test' });
    const key = await secretOf(site, 'token_key');
    const signedIn = async (sub: string, roles: readonly string[] = []): Promise<WireUser> =>
      wireUser(
        site.url(APIS[0]!),
        await forgeToken(key, { sub, handle: 'someone', name: 'Someone', roles }, secondsFromNow(3600)),
        sub,
      );
    admin = await signedIn(randomUUID(), ['admin']);
    people = await Promise.all(Array.from({ length: 600 }, () => signedIn(randomUUID())));
  }, 120_000);
  afterAll(async () => {
    await pool?.end();
    await site?.[Symbol.asyncDispose]();
  });

  const apis = (): string[] => APIS.map((name) => site.url(name));

  /** One campaign for each of the partitions. */
  const openCampaigns = (stocks: readonly number[]): Promise<CampaignId[]> =>
    Promise.all(
      stocks.map(async (stock, index) => {
        let commandId: string;
        do commandId = randomUUID();
        while (partitionOf(derivedId('campaign', admin.userId, commandId), 6) !== PARTITIONS_USED[index]);
        const { id } = await createCampaign(through(apis()[1]!, admin), { commandId, stock });
        for (const url of apis())
          await until(
            async () => (await campaignOf(through(url, admin), id)) !== null,
            'every server knows the campaign',
          );
        return id as CampaignId;
      }),
    );

  const decided = async (campaigns: readonly CampaignId[]): Promise<ReadonlyMap<string, number>> => {
    const text =
      "SELECT key, count(*)::int AS decided FROM receipts WHERE queue LIKE '%:gifticon.requests' " +
      'AND key = ANY($1) GROUP BY key';
    const { rows } = await pool.query<{ key: string; decided: number }>(text, [campaigns]);
    return new Map(rows.map((row) => [row.key, row.decided]));
  };

  /**
   * Lets customers press during faults, waits until all of them have an outcome, and compares their answers with the
   * record.
   */
  const hold = async (
    size: number,
    stocks: readonly number[],
    goWrong: (rush: Rush) => Promise<void>,
  ): Promise<void> => {
    const random = seeded(SEED + size);
    const over = new AbortController();
    setMaxListeners(0, over.signal);
    const campaigns = await openCampaigns(stocks);
    const customers = people.slice(0, size).map((user, index) => {
      const campaignId = campaigns[index % campaigns.length]!;
      return new Customer({ user, campaignId, servers: apis, random: seeded(SEED + index), over: over.signal });
    });
    const rush = new Rush({ customers, decided: () => decided(campaigns), random, over: over.signal });
    try {
      await goWrong(rush);
      const settled = async (): Promise<number> => {
        const finals = customers.filter((customer) => !customer.waits).length;
        // Decisions cannot be counted while the database is away.
        const counts = await decided(campaigns).catch(() => new Map<string, number>());
        return finals + [...counts.values()].reduce((sum, each) => sum + each, 0);
      };
      await whileMoving(rush.end(), settled, 60_000, 'everyone has an outcome');
      await Promise.all(customers.flatMap((customer) => [...customer.accepted].map((id) => customer.ask(id))));

      const record = await readGifticonRecord(site.env, campaigns);
      expectTrueAnswers(customers, record);
      expectFirstComeFirstServed(customers, record);
      for (const [index, campaign] of campaigns.entries()) {
        const stock = stocks[index]!;
        const events = record.events.get(campaign)!;
        expectPromiseKept(campaign, record.queued, record.receipts, events);
        const issued = events.flatMap(({ event }) => (event.type === 'GifticonIssued' ? [event.data.userId] : []));
        expect([issued.length, new Set(issued).size]).toEqual([stock, stock]);
        for (const url of apis()) {
          await until(
            async () => (await campaignOf(through(url, admin), campaign))?.queued === 0,
            'the server knows that nobody waits',
          );
          expect(await campaignOf(through(url, admin), campaign)).toMatchObject({
            issued: stock,
            stock,
            state: 'SOLD_OUT',
          });
        }
      }
      expect(rush.faults.filter(({ waiting }) => waiting < 1)).toEqual([]);
      expect(site.fallen).toEqual([]);
    } catch (error) {
      const waiting = customers.filter((customer) => customer.waits).slice(0, 20);
      process.stderr.write(`on ${engine}, FAULT_SEED=${SEED}:\n${[rush.syntheticLog(), ...waiting].join('\n')}\n`);
      throw error;
    } finally {
      over.abort();
    }
  };

  /** The partitions of the queue that an issuer owns, by its own log. */
  const ownedBy = (name: string): ReadonlySet<number> => {
    const owned = new Set<number>();
    for (const { msg, text } of site.log(name)) {
      if (msg !== 'deciding a partition' && msg !== 'no longer deciding a partition') continue;
      const { partition } = JSON.parse(text) as { partition: number };
      if (msg === 'deciding a partition') owned.add(partition);
      else owned.delete(partition);
    }
    return owned;
  };

  /** Starts that are under way. */
  const starting = new Map<string, Promise<void>>();
  /**
   * SIGKILL to a process, once it is up, and a new one in its place: nothing waits for the new one, least of all the
   * next kill.
   */
  const replace = async (name: string, env?: Readonly<Record<string, string>>): Promise<void> => {
    await starting.get(name);
    await site.kill(name);
    const started = site.start(name, env);
    started.catch(() => undefined);
    starting.set(name, started);
  };
  const allStarted = (): Promise<unknown> => Promise.all(starting.values());

  test('PostgreSQL (on Kafka the broker too) is killed: all of the stock is issued', async () => {
    await hold(260, [80, 60, 50], async (rush) => {
      const { postgres, kafka } = site;
      const strike = async (...victims: readonly KillableServer[]): Promise<void> => {
        rush.fault(`kill -9 of ${victims.map(({ name }) => name).join(' and ')}`);
        await Promise.all(
          victims.map(async (server) => {
            await server.kill();
            await rush.rest(1_500);
            await server.start();
          }),
        );
        rush.note('back');
      };
      await rush.moment();
      await strike(postgres);
      await rush.moment();
      await strike(kafka ?? postgres);
      // With a broker, while the consumers are still rejoining; without one, in the middle of the drain.
      await (kafka ? rush.rest(2_000) : rush.moment());
      await rush.untilQueued();
      await strike(postgres, ...(kafka ? [kafka] : []));
    });
  }, 240_000);

  test('issuers are killed, frozen, leave and join: all of the stock is issued, in order', async () => {
    await hold(600, [200, 150, 100], async (rush) => {
      const [frozen, killed, other] = rush.shuffled(ISSUERS) as [string, string, string];
      await rush.moment();
      rush.fault(`SIGSTOP of ${frozen}`);
      site.freeze(frozen);
      await rush.rest(1_500);
      await rush.untilQueued();
      rush.fault(`kill -9 of ${killed}`);
      await replace(killed);
      await until(
        () => new Set([killed, other].flatMap((name) => [...ownedBy(name)])).size === 6,
        'the others have taken everything over',
        60_000,
      );
      await rush.rest(500);
      rush.note(`SIGCONT of ${frozen}: the others have taken everything over`);
      site.thaw(frozen);

      for (const name of rush.shuffled(ISSUERS)) {
        await rush.moment();
        rush.fault(`kill -9 of ${name}`);
        await replace(name);
      }
      await rush.moment();
      rush.fault(`SIGTERM of ${other}, while another one joins, and kill -9 of an api`);
      await allStarted();
      await replace(APIS[0]!);
      const [status] = await Promise.all([site.stop(other), site.start('issuer 4', SLOW)]);
      expect(status).toBe(0);
      await allStarted();
      await rush.moment();
      rush.fault('kill -9 of all issuers');
      await Promise.all([frozen, killed, 'issuer 4'].map((name) => replace(name, FAST)));
      await allStarted();
      rush.note('all are back, and go as fast as they can');
    });
  }, 240_000);

  test('without PostgreSQL all are queued (Kafka) or told to retry, and served later', async () => {
    const [campaign] = await openCampaigns([20]);
    const over = new AbortController();
    setMaxListeners(0, over.signal);
    const customers = people.slice(0, 30).map((user, index) => ({
      id: randomUUID(),
      user,
      customer: new Customer({
        user,
        campaignId: campaign!,
        servers: apis,
        random: seeded(SEED + index),
        over: over.signal,
      }),
    }));
    await site.postgres.kill();
    const answers: (Awaited<ReturnType<typeof pressing>> & { readonly ms: number })[] = [];
    for (const [index, { id, user }] of customers.entries()) {
      const began = performance.now();
      const answer = await pressing(through(apis()[index % 2]!, user), campaign!, { commandId: id });
      answers.push({ ...answer, ms: performance.now() - began });
    }
    expect(answers.map(({ status }) => status)).toEqual(customers.map(() => 200));
    if (engine === 'kafka') {
      expect(
        answers.map(({ data, errors }) => [
          data?.requestGifticon.receipt.status,
          data?.requestGifticon.request.status,
          errors.length,
        ]),
      ).toEqual(customers.map(() => ['ACCEPTED', 'QUEUED', 0]));
      expect(answers.map(({ data }) => data!.requestGifticon.request.ahead)).toEqual(
        customers.map((_, index) => index),
      );
      // From memory: nobody waits for a connection to PostgreSQL, which takes ten seconds to give up.
      expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(5_000);
    } else {
      expect(answers.map(({ data, errors }) => [data, errors.map(({ extensions }) => extensions)])).toEqual(
        customers.map(() => [null, [{ code: 'UNAVAILABLE', retryAfterMs: expect.any(Number) }]]),
      );
    }
    const pressed = Promise.all(customers.map(({ id, customer }) => customer.press(id)));
    if (engine === 'kafka') await pressed;
    await site.postgres.start();
    await pressed;
    // A press that comes back when all are issued is refused at once, and leaves no request to be watched.
    const waiting = customers.flatMap(({ customer }) => [...customer.accepted].map((id) => customer.watch(id)));
    await within(Promise.all(waiting), 60_000, 'everyone has an outcome');
    over.abort();
    const record = await readGifticonRecord(site.env, [campaign!]);
    expectTrueAnswers(
      customers.map(({ customer }) => customer),
      record,
    );
    expectPromiseKept(campaign!, record.queued, record.receipts, record.events.get(campaign!)!);
    expect(customers.filter(({ customer }) => customer.observed.at(-1)!.request.status === 'ISSUED')).toHaveLength(20);
    expect(site.fallen).toEqual([]);
  }, 120_000);
});

/** @throws once nothing has moved for so long, however long the whole takes on a busy machine */
async function whileMoving<T>(work: Promise<T>, moved: () => Promise<number>, ms: number, what: string): Promise<T> {
  const ended = work.then(() => true);
  ended.catch(() => undefined);
  for (let [last, since] = [await moved(), performance.now()]; ;) {
    if (await Promise.race([ended, delay(500, false)])) return work;
    const now = await moved();
    if (now !== last) [last, since] = [now, performance.now()];
    else if (performance.now() - since > ms)
      throw new Error(`nothing moved for ${ms} ms, at ${now} outcomes and decisions: ${what}`);
  }
}

async function within<T>(work: Promise<T>, ms: number, what: string): Promise<T> {
  const late = new AbortController();
  try {
    return await Promise.race([
      work,
      delay(ms, undefined, { signal: late.signal }).then(() =>
        Promise.reject(new Error(`waited ${ms} ms in vain: ${what}`)),
      ),
    ]);
  } finally {
    late.abort();
  }
}
