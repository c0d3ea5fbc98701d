import fc from 'fast-check';
import { given, NOW } from '../../../test/support/given.js';
import { CAMPAIGN, opened } from '../../../test/support/gifticon-events.js';
import { createGifticonCampaign, MAX_STOCK } from './create-campaign.js';

const asked = { campaignId: CAMPAIGN, title: 'Coffee', stock: 3, opensAt: null, closesAt: null };
const [BEFORE, AFTER] = ['2025-12-31T23:59:59.999Z', '2026-01-01T00:00:00.001Z'];

describe('creating a campaign', () => {
  test('opens it at once where no time is given', () => {
    given().when(createGifticonCampaign, asked, 'ops').thenEvents(opened(3));
  });

  test('“at once” is written like every other time', () => {
    given().when(createGifticonCampaign, asked, 'ops', '2026-01-01T00:00:00Z').thenEvents(opened(3));
  });

  test('keeps its times in UTC, from any spelling, and trims its title', () => {
    given()
      .when(
        createGifticonCampaign,
        { ...asked, title: ' Coffee ', opensAt: '2026-02-01T09:00:00+09:00', closesAt: '2026-02-01T18:00:00.5+09:00' },
        'ops',
      )
      .thenEvents(opened(3, { opensAt: '2026-02-01T00:00:00.000Z', closesAt: '2026-02-01T09:00:00.500Z' }));
  });

  test('without a stock waits for codes', () => {
    given()
      .when(createGifticonCampaign, { ...asked, stock: 0 }, 'ops')
      .thenEvents(opened(0));
  });

  test('a campaign that has opened in the past is open', () => {
    given()
      .when(createGifticonCampaign, { ...asked, opensAt: BEFORE }, 'ops')
      .thenEvents(opened(3, { opensAt: BEFORE }));
  });

  test('is refused where it exists', () => {
    given(opened(3)).when(createGifticonCampaign, asked, 'ops').thenRejected('COMMAND_ID_REUSED');
  });

  test('a campaign that would close before it opens, or at that time, is refused', () => {
    given()
      .when(createGifticonCampaign, { ...asked, closesAt: BEFORE }, 'ops')
      .thenRejected('CAMPAIGN_CLOSES_TOO_EARLY');
    given()
      .when(createGifticonCampaign, { ...asked, closesAt: NOW }, 'ops')
      .thenRejected('CAMPAIGN_CLOSES_TOO_EARLY');
    given()
      .when(createGifticonCampaign, { ...asked, closesAt: NOW }, 'ops', '2026-01-01T00:00:00Z')
      .thenRejected('CAMPAIGN_CLOSES_TOO_EARLY');
    given()
      .when(createGifticonCampaign, { ...asked, closesAt: AFTER }, 'ops')
      .thenEvents(opened(3, { closesAt: AFTER }));
  });
});

describe('the data of a campaign', () => {
  const parse = (more: object) => createGifticonCampaign.schema.safeParse({ ...asked, ...more });

  test.each([-1, 0.5, MAX_STOCK + 1, Number.NaN, '3', null])('%p is no stock', (stock) => {
    expect(parse({ stock }).success).toBe(false);
  });

  test('its stock has an upper bound', () => {
    expect(parse({ stock: MAX_STOCK }).success).toBe(true);
  });

  test.each([
    '',
    'soon',
    '2026-01-01',
    '2026-01-01T00:00:00',
    '2026-02-30T00:00:00Z',
    '2026-01-01T24:00:00Z',
    1_767_225_600_000,
    // These times are outside of the years that four digits can write, or that a database takes.
    '0000-01-01T00:00:00+05:00',
    '9999-12-31T23:59:59-05:00',
    '1969-12-31T23:59:59.999Z',
  ])('%p is no time', (time) => {
    expect(parse({ opensAt: time }).success).toBe(false);
    expect(parse({ closesAt: time }).success).toBe(false);
  });

  test('it closes later than it opens, by the times and not by their spelling', () => {
    expect(parse({ opensAt: '2026-01-01T09:00:00+09:00', closesAt: NOW }).success).toBe(false);
    expect(parse({ opensAt: '2026-01-01T09:00:00+09:00', closesAt: BEFORE }).success).toBe(false);
    expect(parse({ opensAt: '2026-01-01T09:00:00+09:00', closesAt: AFTER }).success).toBe(true);
    expect(parse({ opensAt: NOW, closesAt: '2026-01-01T00:00:00+09:00' }).success).toBe(false);
    expect(parse({ opensAt: NOW, closesAt: NOW }).error?.issues).toMatchObject([{ path: ['closesAt'] }]);
  });

  test('parsing twice gives the same as parsing once, and nothing throws', () => {
    const offset = fc
      .record({
        sign: fc.constantFrom('+', '-'),
        hours: fc.integer({ min: 0, max: 23 }),
        minutes: fc.integer({ min: 0, max: 59 }),
      })
      .map(({ sign, hours, minutes }) => `${sign}${`${hours}`.padStart(2, '0')}:${`${minutes}`.padStart(2, '0')}`);
    const time = fc
      .record({
        date: fc.date({
          min: new Date('0000-01-01T00:00:00Z'),
          max: new Date('9999-12-31T23:59:59.999Z'),
          noInvalidDate: true,
        }),
        offset,
      })
      .map(({ date, offset: from }) => date.toISOString().replace('Z', from));
    const near = fc
      .constantFrom('0000-01-01T00:00:00Z', '1970-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z')
      .chain((text) => offset.map((from) => text.replace('Z', from)));
    fc.assert(
      fc.property(fc.oneof(time, near, fc.string()), (opensAt) => {
        const once = parse({ opensAt });
        if (once.success) expect(createGifticonCampaign.schema.parse(once.data)).toEqual(once.data);
      }),
      { numRuns: 1_000 },
    );
  });

  test('is partitioned by its id, in upper or lower case', () => {
    expect(
      createGifticonCampaign.key(createGifticonCampaign.schema.parse({ ...asked, campaignId: CAMPAIGN.toUpperCase() })),
    ).toBe(CAMPAIGN);
  });
});
