import type { RoomSite } from '../support/room-site.js';
import { inRoom, openRoomSite } from '../support/room-site.js';
import { codeOf } from '../support/ask-schema.js';

// Membership is checked, and then something is read: between the two, another actor may act.

const NEWEST = 'query ($id: ID!) { room(id: $id) { messages { nodes { body } } } }';
const OLDER = 'query ($id: ID!) { room(id: $id) { messages(first: 5) { nodes { body } } } }';
/** Another page than that of the test: nothing of that one is kept. */
const WARMING = 'query ($id: ID!) { room(id: $id) { messages(last: 3) { nodes { body } } } }';
const LAST = 'query ($id: ID!) { room(id: $id) { lastMessage { body } } }';
const MEMBERS = 'query ($id: ID!) { room(id: $id) { members { nodes { id } } } }';

/** Ann and Ben are in the room, and all parts have the events. */
async function openSite(
  heat: RoomSite['heat'] = 'NORMAL',
): Promise<RoomSite & { readonly of: ReturnType<typeof inRoom> }> {
  const site = await openRoomSite();
  const of = inRoom(site.room);
  await site.store(of.created('ann'), of.joined('ann'), of.joined('ben'), of.posted('ann', 1, 'hello'));
  await site.project();
  await site.hear();
  site.heat = heat;
  return Object.assign(site, { of });
}

/** Ben leaves, and Ann sends a message that Ben must not see. */
const leave = ({ store, of }: Awaited<ReturnType<typeof openSite>>) =>
  store(of.left('ben'), of.posted('ann', 2, 'secret'));

describe.each(['NORMAL', 'HOT'] as const)('in a room that is %s', (heat) => {
  test.each([NEWEST, OLDER])('a page that is read after the member left is not shown: %s', async (query) => {
    await using site = await openSite(heat);
    expect(JSON.stringify((await site.query('ben', WARMING)).data)).toContain('hello');
    site.between.page = async () => {
      site.between.page = () => undefined;
      await leave(site);
      await site.project();
    };
    const answer = await site.query('ben', query);
    expect([codeOf(answer), JSON.stringify(answer)]).toEqual(['FORBIDDEN', expect.not.stringContaining('secret')]);
  });

  test('a member who leaves and comes back meanwhile gets it', async () => {
    await using site = await openSite(heat);
    site.between.page = async () => {
      await site.store(site.of.left('ben'), site.of.joined('ben'), site.of.posted('ann', 2, 'for all'));
      await site.project();
    };
    const answer = await site.query('ben', NEWEST);
    expect([codeOf(answer), JSON.stringify(answer.data)]).toEqual([undefined, expect.stringContaining('for all')]);
  });
});

test('while the read model of members is behind that of messages: UNAVAILABLE', async () => {
  await using site = await openSite();
  await leave(site);
  await site.project('timeline');
  for (const query of [NEWEST, LAST]) {
    const answer = await site.query('ben', query);
    expect([codeOf(answer), JSON.stringify(answer)]).toEqual(['UNAVAILABLE', expect.not.stringContaining('secret')]);
  }
  await site.project();
  expect(codeOf(await site.query('ben', NEWEST))).toBe('FORBIDDEN');
});

test('a user whose leaving is delivered opens no subscription', async () => {
  await using site = await openSite();
  expect(await site.subscribe('ben')).toBeNull();
  await leave(site);
  await site.hear();
  expect(await site.subscribe('ben')).toBe('FORBIDDEN');
  // It keeps no member out.
  expect(await site.subscribe('ann')).toBeNull();
});

test('the last message of a room that was left meanwhile is not shown', async () => {
  await using site = await openSite();
  site.between.newest = async () => {
    await leave(site);
    await site.project();
  };
  expect(await site.query('ben', LAST)).toEqual({ data: { room: { lastMessage: null } } });
  expect(JSON.stringify(await site.query('ann', LAST))).toContain('secret');
});

test('the members of a room that was left meanwhile are not shown', async () => {
  await using site = await openSite();
  site.between.members = async () => {
    site.between.members = () => undefined;
    await site.store(site.of.left('ben'), site.of.joined('cid'));
    await site.project();
  };
  const answer = await site.query('ben', MEMBERS);
  expect([codeOf(answer), JSON.stringify(answer)]).toEqual(['FORBIDDEN', expect.not.stringContaining('cid')]);
  expect(JSON.stringify(await site.query('ann', MEMBERS))).toContain('cid');
});

// The replica holds all that the queries need: the process has not received the leaving, and so knows of it from nobody
// but the primary.
describe.each(['NORMAL', 'HOT'] as const)('while pages of a %s room come from a replica that lags', (heat) => {
  test.each([OLDER, MEMBERS])('a user who has left reads nothing there: %s', async (query) => {
    await using site = await openSite(heat);
    const { outcomes } = await site.readFromPausedReplica();
    await leave(site);
    await site.project();
    const answer = await site.query('ben', query);
    expect([codeOf(answer), JSON.stringify(answer)]).toEqual(['FORBIDDEN', expect.not.stringContaining('hello')]);
    expect(outcomes).toEqual([]);
    // Nothing else than the membership keeps it back.
    expect((await site.query('ann', query)).errors).toBeUndefined();
    expect(outcomes).toEqual(['replica']);
  });

  test('the last message and the counts are null to a user who has left', async () => {
    await using site = await openSite(heat);
    await site.readFromPausedReplica();
    await leave(site);
    await site.project();
    const query = 'query ($id: ID!) { room(id: $id) { lastMessage { body } unreadCount myReadSeq } }';
    expect(await site.query('ben', query)).toEqual({
      data: { room: { lastMessage: null, unreadCount: null, myReadSeq: null } },
    });
  });

  test('a user who has just joined reads', async () => {
    await using site = await openSite(heat);
    const { outcomes } = await site.readFromPausedReplica();
    await site.store(site.of.joined('cid'));
    await site.project();
    expect(JSON.stringify(await site.query('cid', OLDER))).toContain('hello');
    expect(JSON.stringify(await site.query('cid', MEMBERS))).toContain('cid');
    expect(outcomes).toEqual(['replica', 'replica']);
  });
});

describe('an answer that all members share', () => {
  test('is refused to a member whose leaving is delivered while it was executed', async () => {
    await using site = await openSite('HOT');
    site.between.page = async () => {
      await leave(site);
      await site.hear();
      await site.project();
    };
    const [ann, ben] = await Promise.all(['ann', 'ben'].map((user) => site.shared(user, NEWEST)));
    expect(ann).toContain('secret');
    expect(ben).toBe('in turn');
  });

  test('is refused to a member whose leaving is not delivered yet', async () => {
    await using site = await openSite('HOT');
    // Both are known from memory.
    await Promise.all(['ann', 'ben'].map((user) => site.shared(user, WARMING)));
    const known = site.fanOut.position(0);
    site.between.page = async () => {
      await leave(site);
      await site.project();
    };
    const [ann, ben] = await Promise.all(['ann', 'ben'].map((user) => site.shared(user, NEWEST)));
    expect(site.fanOut.position(0)).toBe(known);
    expect([ann, ben]).toEqual(['in turn', 'in turn']);
  });

  test('goes to a member who stays', async () => {
    await using site = await openSite('HOT');
    expect(await site.shared('ben', NEWEST)).toContain('hello');
    expect(await site.shared('eve', NEWEST)).toBe('in turn');
  });
});
