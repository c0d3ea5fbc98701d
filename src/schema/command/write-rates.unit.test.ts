import type { GifticonRequestAsked } from '../../gifticon/gifticon-requests.js';
import type { ConsoleAccess } from '../../admin/console.js';
import type { AskedAction, OperatorAction } from '../../admin/operator-actions.js';
import type { CommandId } from '../../engine/domain/ids.js';
import { userId } from '../../engine/domain/ids.js';
import type { Submit } from '../../engine/gateway/command-gateway.js';
import { ask, codeOf, schema, someone } from '../../../test/support/ask-schema.js';
import type { ApiServices } from '../services.js';
import { localRateLimit, unlimited } from '../../server/rate-limits/local-limit.js';
import { WRITE_LIMITS, readWriteRates } from './write-rates.js';

/** The parts behind the mutations of the console: each action is recorded once, and done already. */
const consoleTaking = (took: () => number) => {
  const choice = { projection: { name: 'rooms' }, store: { kept: () => Promise.resolve(null) } };
  const begin = (asked: AskedAction) => {
    took();
    return Promise.resolve({ action: { ...asked, state: 'succeeded', result: null } as OperatorAction, own: false });
  };
  /** A load of codes is answered by its earlier outcome. */
  const receipts = (ids: readonly CommandId[]) => {
    took();
    return Promise.resolve(
      new Map(ids.map((commandId) => [commandId, { commandId, rejection: { code: '', message: '' } }])),
    );
  };
  const access = {
    readModels: {
      choices: [choice],
      generations: { list: () => Promise.resolve([]) },
      events: { heads: () => Promise.resolve([]) },
      partitions: 1,
    },
    deadLetters: { admin: { findAll: () => Promise.resolve([]), behind: () => Promise.resolve([]) } },
    heat: { list: () => Promise.resolve([]) },
    actions: { begin },
    store: { receipts },
  };
  return {
    console: access as unknown as ConsoleAccess,
    heat: { of: () => ({ state: 'NORMAL' }) as never },
    queries: { rooms: { byIds: (ids: readonly string[]) => Promise.resolve(ids.map((id) => ({ id }))) } as never },
  };
};

const mutations = Object.keys(schema.getMutationType()!.getFields());
/** The mutations that a signed-in user sends. */
type Limited = Exclude<keyof typeof WRITE_LIMITS, 'signIn' | 'signInHandle'>;

test('each mutation has a limit, and each limit a mutation', () => {
  expect(
    Object.keys(WRITE_LIMITS)
      .filter((name) => name !== 'signInHandle')
      .toSorted(),
  ).toEqual(mutations.toSorted());
  for (const { perSecond, burst } of Object.values(WRITE_LIMITS))
    expect([perSecond > 0, burst >= 1]).toEqual([true, true]);
});

test("an operator's setting is read", () => {
  expect(readWriteRates('')).toEqual({});
  expect(readWriteRates(' joinRoom=5/20, deleteAccount=0.5/1,markRead=0 ')).toEqual({
    joinRoom: { perSecond: 5, burst: 20 },
    deleteAccount: { perSecond: 0.5, burst: 1 },
    markRead: { perSecond: 0, burst: 1 },
  });
  const off = readWriteRates('off');
  expect(Object.keys(off).toSorted()).toEqual(
    Object.keys(WRITE_LIMITS)
      .filter((name) => name !== 'sendMessage')
      .toSorted(),
  );
  expect(Object.values(off).every((rate) => rate.perSecond === 0)).toBe(true);
});

test.each([
  ['joinRoom', 'must be "off"'],
  ['joinRoom=5', 'must be "off"'],
  ['joinRoom=-1/5', 'must be "off"'],
  ['joinRoom=1e9/5', 'must be "off"'],
  ['off,joinRoom=1/1', 'must be "off"'],
  ['joinRoom=0/5', 'must allow'],
  ['joinRoom=5/0.5', 'must allow'],
  ['joinRooms=5/20', 'has no limit named joinRooms'],
  ['toString=5/20', 'has no limit named toString'],
  ['sendMessage=5/20', 'SEND_LIMIT_PER_SECOND'],
])('%j is refused', (text, why) => {
  expect(() => readWriteRates(text)).toThrow(why);
});

describe('a mutation that comes faster than it may', () => {
  const ID = '0b6f2c1e-93a0-5c7e-8a51-0d2f4b6a8c01';
  /** Two at once, for each user or address. */
  const limited = (): ApiServices['writeLimits'] =>
    Object.fromEntries(
      Object.keys(WRITE_LIMITS).map((name) => [name, localRateLimit({ perSecond: 0.001, burst: 2 })]),
    ) as ApiServices['writeLimits'];
  /** Accepts and counts the commands that pass the limits. */
  const taking = () => {
    let taken = 0;
    return {
      taken: () => taken,
      commands: {
        submit: ({ command: { commandId } }: Submit) =>
          Promise.resolve({ status: 'ACCEPTED' as const, commandId, taken: taken++ }),
      },
      gifticonRequests: {
        campaign: () => Promise.resolve(null),
        request: ({ commandId: id, ...asked }: GifticonRequestAsked) =>
          Promise.resolve({ ...asked, id, status: 'QUEUED' as const, ahead: taken++, etaSeconds: null }),
      },
      registration: {
        signIn: (handle: string) => Promise.resolve({ id: userId(`u${taken++}`), handle, name: handle }),
      },
      tokens: { issue: () => Promise.resolve('token') },
      ...consoleTaking(() => taken++),
    };
  };
  const DOCUMENTS: Readonly<Record<Limited, string>> = {
    createRoom: 'createRoom(input: {title: "x"})',
    joinRoom: `joinRoom(input: {roomId: "${ID}"})`,
    leaveRoom: `leaveRoom(input: {roomId: "${ID}"})`,
    sendMessage: `sendMessage(input: {roomId: "${ID}", body: "x"})`,
    addReaction: `addReaction(input: {roomId: "${ID}", messageId: "${ID}.1", emoji: ":x:"})`,
    removeReaction: `removeReaction(input: {roomId: "${ID}", messageId: "${ID}.1", emoji: ":x:"})`,
    markRead: `markRead(input: {roomId: "${ID}", seq: 1})`,
    requestGifticon: `requestGifticon(input: {campaignId: "${ID}"})`,
    createGifticonCampaign: 'createGifticonCampaign(input: {title: "x", stock: 1})',
    deleteAccount: 'deleteAccount(input: {})',
    adminRebuildReadModel: 'adminRebuildReadModel(input: {name: "rooms"})',
    adminVerifyReadModel: 'adminVerifyReadModel(input: {name: "rooms"})',
    adminRollBackReadModel: 'adminRollBackReadModel(input: {name: "rooms"})',
    adminAbandonRebuild: 'adminAbandonRebuild(input: {name: "rooms"})',
    adminDropKeptReadModel: 'adminDropKeptReadModel(input: {name: "rooms"})',
    adminRetryDeadLetters: 'adminRetryDeadLetters(input: {ids: ["1"]})',
    adminDropDeadLetters: 'adminDropDeadLetters(input: {ids: ["1"]})',
    adminSetRoomHeat: `adminSetRoomHeat(input: {roomId: "${ID}", state: HOT, seconds: 1})`,
    adminClearRoomHeat: `adminClearRoomHeat(input: {roomId: "${ID}"})`,
    adminPauseCampaign: `adminPauseCampaign(input: {campaignId: "${ID}"})`,
    adminResumeCampaign: `adminResumeCampaign(input: {campaignId: "${ID}"})`,
    adminLoadGifticonCodes: `adminLoadGifticonCodes(input: {campaignId: "${ID}", codes: ["a-code"]})`,
  };
  /** The alias at which it ended, and how many were taken before. */
  const endOf = async (document: string, writeLimits: ApiServices['writeLimits'], id: string | null = 'ada') => {
    const { taken, ...services } = taking();
    const { errors } = await ask(`mutation { ${document} }`, {
      viewer: id === null ? null : someone(id, ['admin']),
      services: { ...services, writeLimits },
    });
    if (!errors) return { taken: taken() };
    const { path, extensions } = errors[0]!;
    expect([extensions.code, typeof extensions.retryAfterMs]).toEqual(['TOO_MANY_REQUESTS', 'number']);
    return { taken: taken(), ended: path?.[0] };
  };
  const aliased = (field: string, count: number): string =>
    Array.from({ length: count }, (_, n) => `a${n}: ${field} { __typename }`).join(' ');

  test.each(mutations.filter((name): name is Limited => name !== 'signIn'))(
    '%s: each alias counts, and each user for themselves',
    async (name) => {
      const field = DOCUMENTS[name];
      const writeLimits = limited();
      expect(await endOf(aliased(field, 4), writeLimits)).toEqual({ taken: 2, ended: 'a2' });
      expect(await endOf(aliased(field, 1), writeLimits)).toEqual({ taken: 0, ended: 'a0' });
      expect(await endOf(aliased(field, 2), writeLimits, 'bob')).toEqual({ taken: 2 });
      expect(
        codeOf(await ask(`mutation { ${field} { __typename } }`, { viewer: null, services: { writeLimits } })),
      ).toBe('UNAUTHENTICATED');
    },
  );

  const signIns = (...handles: readonly string[]): string =>
    handles.map((handle, n) => `a${n}: signIn(handle: ${JSON.stringify(handle)}) { token }`).join(' ');

  test('signIn counts the address, with any handle', async () => {
    const writeLimits = { ...limited(), signInHandle: unlimited };
    expect(await endOf(signIns('a', 'b', 'c'), writeLimits, null)).toEqual({ taken: 2, ended: 'a2' });
    expect(await endOf(signIns('???'), writeLimits, null)).toEqual({ taken: 0, ended: 'a0' });
  });

  test('signIn counts the handle, from any address and in any case', async () => {
    const writeLimits = { ...limited(), signIn: unlimited };
    expect(await endOf(signIns('Ada', 'bob', 'ada', 'ADA', 'bob'), writeLimits, null)).toEqual({
      taken: 3,
      ended: 'a3',
    });
  });
});
