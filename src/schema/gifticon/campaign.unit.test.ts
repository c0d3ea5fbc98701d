import { derivedId } from '../../engine/domain/command-id.js';
import type { Receipt } from '../../engine/domain/receipt.js';
import type { CommandData } from '../../commands/registry.js';
import { COMMANDS } from '../../commands/registry.js';
import type { GifticonQueue } from '../../gifticon/gifticon-requests.js';
import { commandId, offset, position } from '../../engine/domain/ids.js';
import { campaignId } from '../../events/ids.js';
import type { CommandGateway, Submission, Submit } from '../../engine/gateway/command-gateway.js';
import type { Identity } from '../../server/identity/identity.js';
import { ask, codeOf, someone } from '../../../test/support/ask-schema.js';

const CAMPAIGN = campaignId('0b6f2c1e-93a0-5c7e-8a51-0d2f4b6a8c01');
const ID = commandId('1f4e7d2a-0f3b-4c58-9d6e-7a8b9c0d1e2f');
const ada = someone('ada');

/** The outcome of the command, in a deployment that has no campaign yet. */
function decided({ command: stamped }: Submit): Submission {
  const { commandId: id, key, userId, traceId } = stamped;
  const command = {
    ...stamped,
    type: 'CreateGifticonCampaign',
    schema: 1,
    at: new Date().toISOString(),
    data: stamped.data as CommandData<'CreateGifticonCampaign'>,
  } as const;
  const { reads, decide } = COMMANDS.CreateGifticonCampaign;
  const { events } = decide(command, { campaign: { status: 'absent' } }, reads(command.data, command));
  const place = { partition: 2, position: position(40), key, commandId: id, traceId };
  const receipt: Receipt = {
    ...place,
    fingerprint: '',
    userId,
    queue: 'commands',
    offset: offset(0),
    rejection: null,
    events: 1,
    decidedAt: new Date(),
  };
  return {
    status: 'DECIDED',
    commandId: id,
    receipt,
    events: events.map(({ event, stream }) => ({ ...place, event, stream, version: 1, at: new Date() })),
  };
}

describe('createGifticonCampaign', () => {
  const admin = someone('root', ['admin']);
  const CREATE = `mutation ($input: CreateGifticonCampaignInput!) { createGifticonCampaign(input: $input) {
    receipt { commandId status }
      campaign { id title stock issued queued state opensAt closesAt drainRatePerSecond paused }
  } }`;

  /** A gateway that decides every command at once. */
  const create = async (input: Readonly<Record<string, unknown>>, viewer: Identity | null = admin) => {
    const sent: Submit[] = [];
    const commands: Partial<CommandGateway> = {
      submit(submit) {
        sent.push(submit);
        return Promise.resolve(decided(submit));
      },
    };
    const variables = { input: { commandId: ID, title: 'Coffee', stock: 5, ...input } };
    return { sent, answer: await ask(CREATE, { viewer, variables, services: { commands } }) };
  };

  test('the answer has the campaign of the event, under an id that repeats', async () => {
    const times = { opensAt: '2026-01-01T09:00:00+09:00', closesAt: '2999-01-01T00:00:00Z' };
    const { sent, answer } = await create(times);
    const id = derivedId('campaign', 'root', ID);
    expect(sent[0]!.command).toMatchObject({
      type: 'CreateGifticonCampaign',
      key: id,
      userId: 'root',
      data: {
        campaignId: id,
        title: 'Coffee',
        stock: 5,
        opensAt: '2026-01-01T00:00:00.000Z',
        closesAt: '2999-01-01T00:00:00.000Z',
      },
    });
    expect(answer.data!.createGifticonCampaign).toMatchObject({
      receipt: { commandId: ID, status: 'SUCCEEDED' },
      campaign: {
        id,
        title: 'Coffee',
        stock: 5,
        issued: 0,
        queued: 0,
        state: 'OPEN',
        opensAt: '2026-01-01T00:00:00.000Z',
        closesAt: '2999-01-01T00:00:00.000Z',
        drainRatePerSecond: 0,
        paused: false,
      },
    });
  });

  test.each([
    ['opens later', { opensAt: '2999-01-01T00:00:00Z' }, 'SCHEDULED'],
    ['has no codes yet', { stock: 0 }, 'SCHEDULED'],
    ['has its time behind it', { opensAt: '2020-01-01T00:00:00Z', closesAt: '2020-01-02T00:00:00Z' }, 'CLOSED'],
    ['opens at once', { opensAt: null, closesAt: null }, 'OPEN'],
  ])('a campaign that %s', async (_what, input, state) => {
    expect((await create(input)).answer.data!.createGifticonCampaign).toMatchObject({ campaign: { state } });
  });

  test('is for admins alone: a request of another user sends nothing', async () => {
    for (const [viewer, code] of [
      [ada, 'FORBIDDEN'],
      [null, 'UNAUTHENTICATED'],
    ] as const) {
      const { sent, answer } = await create({ stock: -1 }, viewer);
      expect([sent, codeOf(answer)]).toEqual([[], code]);
    }
  });

  test.each([
    ['stock', { stock: -1 }],
    ['stock', { stock: 10_000_001 }],
    ['title', { title: ' ' }],
    ['commandId', { commandId: 'x' }],
    ['closesAt', { opensAt: '2999-01-02T00:00:00Z', closesAt: '2999-01-01T00:00:00Z' }],
  ])('%s that does not fit sends nothing', async (field, input) => {
    const { sent, answer } = await create(input);
    expect([sent, answer.errors?.[0]?.extensions]).toEqual([[], { code: 'BAD_USER_INPUT', field }]);
  });
});

describe('gifticonCampaign', () => {
  const look = (id: string, campaign: GifticonQueue['campaign'], viewer: Identity | null = ada) =>
    ask('query ($id: ID!) { gifticonCampaign(id: $id) { id state paused } }', {
      viewer,
      variables: { id },
      services: { gifticonRequests: { campaign } },
    });

  test('is for every signed-in user, and null without such a campaign', async () => {
    const open = { id: CAMPAIGN, state: 'OPEN', paused: false } as Awaited<ReturnType<GifticonQueue['campaign']>>;
    expect(await look(CAMPAIGN.toUpperCase(), (id) => Promise.resolve(id === CAMPAIGN ? open : null))).toEqual({
      data: { gifticonCampaign: { id: CAMPAIGN, state: 'OPEN', paused: false } },
    });
    expect(await look(CAMPAIGN, () => Promise.resolve(null))).toEqual({ data: { gifticonCampaign: null } });
    expect(await look('no id', () => Promise.reject(new Error('was asked')))).toEqual({
      data: { gifticonCampaign: null },
    });
    expect(codeOf(await look(CAMPAIGN, () => Promise.resolve(open), null))).toBe('UNAUTHENTICATED');
  });
});
