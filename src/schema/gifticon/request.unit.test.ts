import type { ExecutionResult } from 'graphql';
import { parse } from 'graphql';
import type { Receipt } from '../../engine/domain/receipt.js';
import { rejection } from '../../commands/rejections.js';
import type { GifticonQueue, RequestStatus } from '../../gifticon/gifticon-requests.js';
import { commandId, offset, position, traceId } from '../../engine/domain/ids.js';
import { campaignId } from '../../events/ids.js';
import type { Identity } from '../../server/identity/identity.js';
import { LogError } from '../../engine/log/command-log.js';
import type { CodeNumber } from '../../gifticon/codes/gifticon-codes.js';
import type { Asked } from '../../../test/support/ask-schema.js';
import { ask as askAs, codeOf, contextOf, schema, cursorSigner, someone } from '../../../test/support/ask-schema.js';
import { subscribeShared } from '../shared-subscription.js';
import { dependsOnViewer } from '../viewer-dependence.js';

const CAMPAIGN = campaignId('0b6f2c1e-93a0-5c7e-8a51-0d2f4b6a8c01');
const ID = commandId('1f4e7d2a-0f3b-4c58-9d6e-7a8b9c0d1e2f');
const ada = someone('ada');
const bob = someone('bob');

type Ask = Partial<Asked>;
const ask = (source: string, asked: Ask): Promise<ExecutionResult> => askAs(source, { viewer: ada, ...asked });

const own = { id: ID, campaignId: CAMPAIGN, userId: ada.userId };
const receipt: Receipt = {
  commandId: ID,
  fingerprint: '',
  userId: ada.userId,
  traceId: traceId('0'),
  queue: 'gifticon.requests',
  key: CAMPAIGN,
  partition: 2,
  offset: offset(0),
  rejection: null,
  position: position(40),
  events: 2,
  decidedAt: new Date(0),
};
const queued = (ahead: number): RequestStatus => ({ ...own, status: 'QUEUED', ahead, etaSeconds: ahead / 10 });
const issued: RequestStatus = {
  ...own,
  status: 'ISSUED',
  nth: 3,
  issuedAt: new Date('2026-01-01T00:00:00Z'),
  receipt,
};
const soldOut: RequestStatus = { ...own, status: 'SOLD_OUT', receipt: null, rejection: rejection('SOLD_OUT') };
const FIRST = commandId('2f4e7d2a-0f3b-4c58-9d6e-7a8b9c0d1e2f');
const second: RequestStatus = {
  ...own,
  status: 'REJECTED',
  receipt: null,
  rejection: rejection('ALREADY_REQUESTED'),
  duplicateOf: FIRST,
};

const REQUEST = 'id campaignId status ahead etaSeconds issuedAt rejection { code } duplicateOf';
const RECEIPT = 'receipt { commandId status position rejection { code } }';

describe('requestGifticon', () => {
  const press = (
    gifticonRequests: Partial<GifticonQueue>,
    { stage, select = REQUEST, ...rest }: Ask & { readonly stage?: string; readonly select?: string } = {},
  ) =>
    ask(
      'mutation ($input: RequestGifticonInput!) { requestGifticon(input: ' +
        `$input ${stage === undefined ? '' : `, waitFor: ${stage}`}) { ${RECEIPT} request { ${select} } } }`,
      {
        variables: { input: { campaignId: CAMPAIGN, commandId: ID } },
        ...rest,
        services: { gifticonRequests, ...rest.services },
      },
    );
  const answered = (current: RequestStatus): Partial<GifticonQueue> => ({
    request: () => Promise.resolve(current),
  });

  test.each(['ACCEPTED', 'null', undefined])(
    'answers with the place at once, and asks only the gifticon queue (waitFor: %s)',
    async (stage) => {
      const asked: unknown[] = [];
      const gifticonRequests: Partial<GifticonQueue> = {
        request: (request) => (asked.push(request), Promise.resolve(queued(7))),
      };
      expect(await press(gifticonRequests, stage === undefined ? {} : { stage })).toEqual({
        data: {
          requestGifticon: {
            receipt: { commandId: ID, status: 'ACCEPTED', position: null, rejection: null },
            request: {
              id: ID,
              campaignId: CAMPAIGN,
              status: 'QUEUED',
              ahead: 7,
              etaSeconds: 0.7,
              issuedAt: null,
              rejection: null,
              duplicateOf: null,
            },
          },
        },
      });
      expect(asked).toEqual([{ campaignId: CAMPAIGN, commandId: ID, userId: 'ada', traceId: '0', mayRepeat: true }]);
    },
  );

  test('makes a commandId where the client has none', async () => {
    const gifticonRequests: Partial<GifticonQueue> = {
      request: ({ commandId: id }) => Promise.resolve({ ...queued(0), id }),
    };
    const { data } = await press(gifticonRequests, { variables: { input: { campaignId: CAMPAIGN.toUpperCase() } } });
    const { receipt: answered, request } = data!.requestGifticon as {
      receipt: { commandId: string };
      request: { id: string };
    };
    expect(answered.commandId).toMatch(/^[0-9a-f-]{36}$/);
    expect(request.id).toBe(answered.commandId);
  });

  test.each([
    [
      'sold out',
      soldOut,
      { status: 'REJECTED', rejection: { code: 'SOLD_OUT' } },
      { status: 'SOLD_OUT', rejection: null, duplicateOf: null },
    ],
    [
      'a second one',
      second,
      { status: 'REJECTED', rejection: { code: 'ALREADY_REQUESTED' } },
      { status: 'REJECTED', rejection: { code: 'ALREADY_REQUESTED' }, duplicateOf: FIRST },
    ],
    [
      'issued long ago',
      issued,
      { status: 'SUCCEEDED', rejection: null },
      { status: 'ISSUED', issuedAt: '2026-01-01T00:00:00.000Z', ahead: 0, etaSeconds: null },
    ],
  ])('answers with an outcome that is known at admission: %s', async (_what, current, receipt, request) => {
    expect((await press(answered(current))).data!.requestGifticon).toMatchObject({ receipt, request });
  });

  test('the receipt of one that was issued has the position of its events', async () => {
    const { data } = await press(answered(issued));
    const { position: sealed } = (data!.requestGifticon as { receipt: { position: string } }).receipt;
    expect(cursorSigner.openPosition(sealed)).toEqual({ partition: 2, position: 40, epoch: 0 });
  });

  test('DECIDED answers with the outcome', async () => {
    const gifticonRequests: Partial<GifticonQueue> = { ...answered(queued(7)), outcome: () => Promise.resolve(issued) };
    expect((await press(gifticonRequests, { stage: 'DECIDED' })).data!.requestGifticon).toMatchObject({
      receipt: { status: 'SUCCEEDED' },
      request: { status: 'ISSUED' },
    });
  });

  test('a request that outlasts the wait is ACCEPTED, with its current place', async () => {
    const gifticonRequests: Partial<GifticonQueue> = {
      ...answered(queued(7)),
      outcome: (_id, _user, signal) =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve(null), { once: true })),
      requestStatus: () => Promise.resolve(queued(2)),
    };
    const { data } = await press(gifticonRequests, { stage: 'DECIDED', services: { commandWaitMs: 10 } });
    expect(data!.requestGifticon).toMatchObject({
      receipt: { status: 'ACCEPTED' },
      request: { status: 'QUEUED', ahead: 2 },
    });
  });

  test('PROJECTED waits for the read models, and is ACCEPTED where only they are late', async () => {
    const at: unknown[] = [];
    const progress = (caughtUp: boolean) => ({
      progress: { reached: (place: unknown) => (at.push(place), Promise.resolve(caughtUp)) },
    });
    const gifticonRequests: Partial<GifticonQueue> = { ...answered(queued(7)), outcome: () => Promise.resolve(issued) };
    expect(
      (await press(gifticonRequests, { stage: 'PROJECTED', services: progress(true) })).data!.requestGifticon,
    ).toMatchObject({
      receipt: { status: 'SUCCEEDED' },
    });
    expect(
      (await press(gifticonRequests, { stage: 'PROJECTED', services: progress(false) })).data!.requestGifticon,
    ).toMatchObject({
      receipt: { status: 'ACCEPTED' },
      request: { status: 'ISSUED' },
    });
    expect(at).toEqual([receipt, receipt]);
  });

  test('invalid input never reaches the queue', async () => {
    const send = (input: object) => press({}, { variables: { input } });
    for (const [field, input] of [
      ['commandId', { campaignId: CAMPAIGN, commandId: '' }],
      ['campaignId', { campaignId: 'x' }],
    ] as const) {
      expect((await send(input)).errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', field });
    }
    expect(codeOf(await press({}, { viewer: null }))).toBe('UNAUTHENTICATED');
  });

  test.each([
    ['LOG_UNAVAILABLE', 'UNAVAILABLE'],
    ['RECORD_TOO_LARGE', 'BAD_USER_INPUT'],
  ] as const)('%s of the queue is %s', async (fault, code) => {
    expect(codeOf(await press({ request: () => Promise.reject(new LogError(fault, 'x')) }))).toBe(code);
  });
});

describe('a request’s number', () => {
  const look = (current: RequestStatus, number: GifticonQueue['number']) =>
    ask('query ($id: ID!) { gifticonRequest(id: $id) { number } }', {
      viewer: ada,
      variables: { id: ID },
      services: { gifticonRequests: { requestStatus: () => Promise.resolve(current), number } },
    });
  const never = () => Promise.reject(new Error('was asked'));

  test('is that of its status; where a queued one has none yet, it is waited for', async () => {
    expect((await look({ ...issued, number: 7 }, never)).data).toEqual({ gifticonRequest: { number: 7 } });
    expect((await look({ ...queued(1), number: 8 }, never)).data).toEqual({ gifticonRequest: { number: 8 } });
    expect((await look(soldOut, never)).data).toEqual({ gifticonRequest: { number: null } });
    const asked: unknown[] = [];
    const found = await look(queued(1), (...args) => (asked.push(args), Promise.resolve(9)));
    expect([found.data, asked]).toEqual([{ gifticonRequest: { number: 9 } }, [[ID, 'ada']]]);
  });

  test('that cannot be found out is null, and no error', async () => {
    expect(await look(queued(1), never)).toEqual({ data: { gifticonRequest: { number: null } } });
  });
});

describe('a gifticon’s code', () => {
  const codes = () => {
    const asked: CodeNumber[] = [];
    return {
      asked,
      codes: { codeOf: (number: CodeNumber) => (asked.push(number), Promise.resolve(`code ${number.nth}`)) },
    };
  };
  const look = (select: string, current: RequestStatus | null, ask_: Ask) =>
    ask(`query ($id: ID!) { gifticonRequest(id: $id) { ${select} } }`, {
      ...ask_,
      variables: { id: ID },
      services: { gifticonRequests: { requestStatus: () => Promise.resolve(current) }, ...ask_.services },
    });

  test('is looked up where it is asked for, by its owner, once it is issued', async () => {
    const { asked, ...services } = codes();
    expect(await look('status code', issued, { services })).toEqual({
      data: { gifticonRequest: { status: 'ISSUED', code: 'code 3' } },
    });
    expect(asked).toEqual([{ campaignId: CAMPAIGN, nth: 3 }]);
  });

  test('is not looked up otherwise', async () => {
    expect(await look('status', issued, {})).toEqual({ data: { gifticonRequest: { status: 'ISSUED' } } });
    for (const current of [queued(1), soldOut, second])
      expect(await look('code', current, {})).toEqual({ data: { gifticonRequest: { code: null } } });
    expect(await look('code', issued, { viewer: bob })).toEqual({ data: { gifticonRequest: { code: null } } });
  });

  test('that cannot be read leaves the rest of the answer whole', async () => {
    const services = { codes: { codeOf: () => Promise.reject(new Error('sealed with another key')) } };
    const { data, errors } = await look('status code', issued, { services });
    expect([data, errors?.length]).toEqual([{ gifticonRequest: { status: 'ISSUED', code: null } }, 1]);
  });

  test('depends on the viewer, wherever it is selected', () => {
    for (const source of [
      'subscription { gifticonRequest(id: "x") { status } }',
      `mutation { requestGifticon(input: {campaignId: "x"}) { request { code } } }`,
    ]) {
      expect(dependsOnViewer(schema, parse(source), null)).toBe(true);
    }
  });
});

describe('the subscription gifticonRequest', () => {
  const watching = async (
    gifticonRequests: Partial<GifticonQueue>,
    viewer: Identity | null = ada,
    connection = new AbortController(),
  ) => {
    const document = parse(`subscription ($id: ID!) { gifticonRequest(id: $id) { status ahead code } }`);
    const services = { gifticonRequests, codes: { codeOf: () => Promise.resolve('the code') } };
    return subscribeShared({
      schema,
      document,
      variableValues: { id: ID },
      contextValue: contextOf({ viewer, services }, connection.signal),
    });
  };

  test('gives every status, then the outcome with its code, then completes', async () => {
    async function* updates(): AsyncIterableIterator<RequestStatus> {
      yield* [queued(2), queued(1), issued];
    }
    const results = await watching({ watch: () => Promise.resolve(updates()) });
    const seen: unknown[] = [];
    for await (const { data } of results as AsyncIterable<ExecutionResult>) seen.push(data!.gifticonRequest);
    expect(seen).toEqual([
      { status: 'QUEUED', ahead: 2, code: null },
      { status: 'QUEUED', ahead: 1, code: null },
      { status: 'ISSUED', ahead: 0, code: 'the code' },
    ]);
  });

  test('hands the queue the caller and the end of the connection, and returns its answer', async () => {
    const connection = new AbortController();
    const asked: unknown[] = [];
    let returned = 0;
    const endless: AsyncIterableIterator<RequestStatus> = {
      next: () => Promise.resolve({ done: false, value: queued(1) }),
      return: () => (returned++, Promise.resolve({ done: true, value: undefined })),
      [Symbol.asyncIterator]: () => endless,
    };
    const results = await watching(
      { watch: (...args) => (asked.push(args), Promise.resolve(endless)) },
      ada,
      connection,
    );
    expect(asked).toEqual([[ID, 'ada', connection.signal, true]]);
    await (results as AsyncGenerator).return(undefined);
    expect(returned).toBe(1);
  });

  test('is refused without such a request of the caller’s, such an id, or a caller', async () => {
    const nothing = { watch: () => Promise.resolve(null) };
    expect(codeOf((await watching(nothing)) as ExecutionResult)).toBe('NOT_FOUND');
    expect(codeOf((await watching({}, null)) as ExecutionResult)).toBe('UNAUTHENTICATED');
    const document = parse('subscription { gifticonRequest(id: "x") { id } }');
    const refused = await subscribeShared({
      schema,
      document,
      contextValue: contextOf({ viewer: ada, services: { gifticonRequests: {} } }),
    });
    expect((refused as ExecutionResult).errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', field: 'id' });
  });
});
