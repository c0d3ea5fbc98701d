import { EVENTS } from '../events/definitions.js';
import { ofDomain } from '../events/event.js';
import fc from 'fast-check';
import { decideWith, deepFreeze, fold, streamOfEvent } from '../../test/support/given.js';
import { paletteStream } from './reaction/palette.js';
import { CAMPAIGN, OTHER_CAMPAIGN } from '../../test/support/gifticon-events.js';
import { OTHER_ROOM, ROOM } from '../../test/support/room-events.js';
import type { DomainEvent, EventOf, EventType } from '../events/event.js';
import { commandId, userId } from '../engine/domain/ids.js';
import { messageId } from '../events/ids.js';
import type { StreamId } from '../engine/domain/ids.js';
import type { CampaignId } from '../events/ids.js';
import type { AnyCommandDefinition, NewEvent, StreamRef } from '../engine/domain/decide.js';
import type { CommandEnvelope } from '../engine/domain/envelope.js';
import type { RejectionCode } from './rejections.js';
import { COMMANDS } from './registry.js';
import type { CommandType } from './registry.js';

/** Any commands in any order, on few rooms and users, so that they meet. */
const room = fc.constantFrom(ROOM, OTHER_ROOM);
const target = fc
  .record({
    roomId: room,
    seq: fc.integer({ min: 0, max: 3 }),
    elsewhere: fc.nat(9),
    emoji: fc.constantFrom('👍', '❤', '❤️'),
  })
  .map(({ roomId, seq, elsewhere, emoji }) => ({
    roomId,
    messageId: messageId(elsewhere === 0 ? OTHER_ROOM : roomId, seq),
    emoji,
  }));
const account = fc.record({
  handle: fc.constantFrom('ann', 'ANN', 'bob'),
  userId: fc.constantFrom('ann', 'bob'),
  name: fc.constant('Name'),
});
const [EARLY, NOON, LATE] = ['2026-01-01T00:00:00.000Z', '2026-01-01T12:00:00.000Z', '2026-01-02T00:00:00.000Z'];
const step = (type: CommandType, data: fc.Arbitrary<unknown>, weight: number, users = ['ann', 'bob', 'cho']) => ({
  weight,
  arbitrary: fc.record({
    type: fc.constant(type),
    data,
    by: fc.constantFrom(...users).map(userId),
    // Several servers stamp commands, so their times do not rise with their places in the queue.
    at: fc.oneof({ weight: 8, arbitrary: fc.constant(NOON) }, { weight: 1, arbitrary: fc.constantFrom(EARLY, LATE) }),
  }),
});
const steps = fc.array(
  fc.oneof(
    step('CreateRoom', fc.record({ roomId: room, title: fc.constant('Room') }), 2),
    step('JoinRoom', fc.record({ roomId: room }), 3),
    step('LeaveRoom', fc.record({ roomId: room }), 1),
    step('SendMessage', fc.record({ roomId: room, body: fc.constant('hi') }), 5),
    step('MarkRead', fc.record({ roomId: room, seq: fc.nat(8) }), 2),
    step('AddReaction', target, 4),
    step('RemoveReaction', target, 2),
    step('ClaimHandle', account, 1),
    step('RegisterUser', account, 1),
    step('DeleteAccount', fc.record({ userId: fc.constantFrom('ann', 'bob') }), 1),
    step('EraseMember', fc.record({ roomId: room }), 1),
    step(
      'ReleaseHandle',
      fc.record({
        handle: fc.constantFrom('ann', 'bob'),
        userId: fc.constantFrom('ann', 'bob'),
        freeAt: fc.constantFrom(NOON, LATE),
      }),
      1,
    ),
  ),
  { minLength: 30, maxLength: 120, size: 'max' },
);

const campaignId = fc.constantFrom(CAMPAIGN, OTHER_CAMPAIGN);
const campaign = fc.record({
  campaignId,
  title: fc.constant('Coffee'),
  stock: fc.nat(4),
  opensAt: fc.constantFrom(null, EARLY, NOON),
  closesAt: fc.option(fc.constant(LATE), { freq: 2 }),
});
/** Loads that fit are rare by chance: a few small stocks of a campaign make them likely enough. */
const codes = fc.record({ campaignId, first: fc.integer({ min: 1, max: 5 }), count: fc.integer({ min: 1, max: 3 }) });
const gifticonSteps = fc.array(
  fc.oneof(
    step('CreateGifticonCampaign', campaign, 2),
    step('LoadGifticonCodes', codes, 4),
    step('PauseGifticonCampaign', fc.record({ campaignId }), 1),
    step('ResumeGifticonCampaign', fc.record({ campaignId }), 2),
    step('RequestGifticon', fc.record({ campaignId }), 12, ['ann', 'bob', 'cho', 'dan', 'eve', 'fay', 'gil']),
  ),
  { minLength: 20, maxLength: 80, size: 'max' },
);

const isPalette = (stream: StreamId): boolean => stream.startsWith('palette-');
function paletteOf(event: DomainEvent): StreamRef<unknown> {
  if (event.type !== 'ReactionAdded' && event.type !== 'ReactionRemoved') throw new Error(`${event.type} in a palette`);
  return paletteStream(event.data.roomId, event.data.seq);
}

type Step = typeof steps extends fc.Arbitrary<readonly (infer T)[]> ? T : never;

/** A decided request for a gifticon. */
interface DecidedRequest {
  readonly step: Step;
  readonly code: RejectionCode | null;
  /** The number of events before its decision. */
  readonly after: number;
}

/**
 * Runs the commands as deciders do that store a snapshot, as JSON, after every event. Requests for gifticons come
 * through a queue of their own, where a held request also holds those behind it.
 */
function run(commands: readonly Step[]) {
  const log: NewEvent[] = [];
  const carried = new Map<StreamId, unknown>();
  const streams = new Map<StreamId, StreamRef<unknown>>();
  const members = new Set<string>();
  const erased = new Set<string>();
  const trespasses: unknown[] = [];
  const requests: DecidedRequest[] = [];
  const queue: { readonly asked: Step; readonly id: string }[] = [];

  const decide = (asked: Step, id: string) => {
    const { type, data, by, at } = asked;
    const stateOf = (stream: StreamRef<unknown>): unknown => carried.get(stream.id) ?? stream.aggregate.initialState;
    const decision = decideWith(COMMANDS[type], data, { by, at, id: commandId(id) }, stateOf);
    for (const { stream, event } of decision.events.map((each: NewEvent) => ofDomain(each))) {
      const ref = isPalette(stream) ? paletteOf(event) : streamOfEvent(event);
      const before = carried.get(stream) ?? ref.aggregate.initialState;
      // A snapshot contains the whole state.
      carried.set(stream, deepFreeze(JSON.parse(JSON.stringify(ref.aggregate.evolve(before, event as never)))));
      streams.set(stream, ref);
      log.push({ stream, event });

      // A list of members that is kept apart from the aggregates.
      const { data: about } = event;
      if (!('roomId' in about)) continue;
      const member = `${about.roomId}/${by}`;
      if (event.type === 'MemberJoined') members.add(member);
      else if (event.type === 'MemberErased') erased.add(member);
      else if (event.type !== 'RoomCreated' && !members.has(member)) trespasses.push(event);
      if (erased.has(member) && (event.type !== 'MemberErased' || members.has(member))) trespasses.push(event);
      if (event.type === 'MemberLeft') members.delete(member);
    }
    return decision;
  };

  commands.forEach((each, index) => {
    const id = `018f2f6e-0000-7000-8000-${`${index}`.padStart(12, '0')}`;
    if (each.type === 'RequestGifticon') queue.push({ asked: each, id });
    else decide(each, id);
    for (let next = queue[0]; next; next = queue[0]) {
      const after = log.length;
      const decision = decide(next.asked, next.id);
      if (decision.outcome === 'held') break;
      requests.push({
        step: next.asked,
        code: decision.outcome === 'rejected' ? (decision.rejection.code as RejectionCode) : null,
        after,
      });
      queue.shift();
    }
  });
  return { log, carried, streams, trespasses, requests };
}

describe('for any commands', () => {
  test('a room’s messages are numbered 1, 2, 3 … without a gap', () => {
    fc.assert(
      fc.property(steps, (commands) => {
        const { log } = run(commands);
        for (const id of [ROOM, OTHER_ROOM]) {
          const seqs = log
            .map(ofDomain)
            .flatMap(({ event }) =>
              event.type === 'MessagePosted' && event.data.roomId === id ? [event.data.seq] : [],
            );
          expect(seqs).toEqual(seqs.map((_, index) => index + 1));
        }
      }),
    );
  });

  test('a stranger changes nothing, and an erased member does not come back', () => {
    fc.assert(fc.property(steps, (commands) => expect(run(commands).trespasses).toEqual([])));
  });

  test('a fold from the first event gives the state carried along through snapshots', () => {
    fc.assert(
      fc.property(fc.oneof(steps, gifticonSteps), (commands) => {
        const { log, carried, streams } = run(commands);
        for (const [id, stream] of streams) expect(fold(stream, log)).toEqual(carried.get(id));
      }),
    );
  });

  test('nobody reacts twice with an emoji, removes a missing one, or reads backwards', () => {
    fc.assert(
      fc.property(steps, (commands) => {
        const reactions = new Set<string>();
        const lastSeq = new Map<string, number>();
        const readSeq = new Map<string, number>();
        for (const { stream, event } of run(commands).log.map(ofDomain)) {
          if (event.type === 'MessagePosted') lastSeq.set(event.data.roomId, event.data.seq);
          if (event.type === 'MemberJoined') readSeq.set(stream, event.data.seq);
          if (event.type === 'MessagesRead') {
            expect(event.data.seq).toBeGreaterThan(readSeq.get(stream)!);
            expect(event.data.seq).toBeLessThanOrEqual(lastSeq.get(event.data.roomId)!);
            readSeq.set(stream, event.data.seq);
          }
          if (event.type === 'ReactionAdded' || event.type === 'ReactionRemoved') {
            const reaction = `${stream} ${event.data.emoji}`;
            expect(event.data.seq).toBeGreaterThan(0);
            expect(event.data.seq).toBeLessThanOrEqual(lastSeq.get(event.data.roomId)!);
            expect(reactions.has(reaction)).toBe(event.type === 'ReactionRemoved');
            if (event.type === 'ReactionAdded') reactions.add(reaction);
            else reactions.delete(reaction);
          }
        }
      }),
    );
  });

  test('a handle has one owner at a time, and a user registers once and is deleted once', () => {
    fc.assert(
      fc.property(steps, (commands) => {
        const { log } = run(commands);
        const once = log.flatMap(({ stream, event }) =>
          event.type === 'UserRegistered' || event.type === 'AccountDeleted' ? [`${stream} ${event.type}`] : [],
        );
        expect(new Set(once).size).toBe(once.length);
        const owned = new Set<StreamId>();
        for (const { stream, event } of log) {
          if (event.type !== 'HandleClaimed' && event.type !== 'HandleReleased') continue;
          expect(owned.has(stream)).toBe(event.type === 'HandleReleased');
          if (event.type === 'HandleClaimed') owned.add(stream);
          else owned.delete(stream);
        }
      }),
    );
  });
});

/** The events of one campaign, in order. */
const happenedIn = (id: CampaignId, log: readonly NewEvent[]) =>
  log.map((each) => ofDomain(each).event).filter(({ data }) => 'campaignId' in data && data.campaignId === id);
const ofType = <T extends EventType>(events: readonly DomainEvent[], type: T): readonly EventOf<T>[] =>
  events.filter((event): event is EventOf<T> => event.type === type);

describe('for any campaigns, operators and users', () => {
  const inEachCampaign = (
    check: (happened: readonly DomainEvent[], ran: ReturnType<typeof run>, id: CampaignId) => void,
  ): void =>
    fc.assert(
      fc.property(gifticonSteps, (commands) => {
        const ran = run(commands);
        for (const id of [CAMPAIGN, OTHER_CAMPAIGN]) check(happenedIn(id, ran.log), ran, id);
      }),
      { numRuns: 200 },
    );

  test('gifticons are numbered without a gap, never above the stock; the last sells out', () => {
    inEachCampaign((happened) => {
      let [stock, count] = [0, 0];
      happened.forEach((event, index) => {
        if (event.type === 'GifticonCampaignCreated') stock += event.data.stock;
        if (event.type === 'GifticonCodesLoaded') stock += event.data.count;
        if (event.type === 'GifticonIssued') {
          expect(event.data.nth).toBe(++count);
          expect(count).toBeLessThanOrEqual(stock);
        }
        const last = event.type === 'GifticonIssued' && count === stock;
        expect(happened[index + 1]?.type === 'GifticonsSoldOut').toBe(last);
      });
    });
  });

  test('nothing is issued while it is paused, or issued, loaded or sold after a sell-out', () => {
    inEachCampaign((happened) => {
      let paused = false;
      for (const { type } of happened) {
        if (type === 'GifticonCampaignPaused' || type === 'GifticonCampaignResumed')
          paused = type === 'GifticonCampaignPaused';
        else expect(paused && type === 'GifticonIssued').toBe(false);
      }
      const end = happened.findIndex(({ type }) => type === 'GifticonsSoldOut');
      const later = end < 0 ? [] : happened.slice(end + 1).map(({ type }) => type);
      for (const type of ['GifticonIssued', 'GifticonsSoldOut', 'GifticonCodesLoaded'])
        expect(later).not.toContain(type);
    });
  });

  test('a user has one request and at most one gifticon, by that request', () => {
    inEachCampaign((happened) => {
      const requests = ofType(happened, 'GifticonRequested').map(({ data }) => [data.userId, data.requestId]);
      const issued = ofType(happened, 'GifticonIssued').map(({ data }) => [data.userId, data.requestId]);
      expect(new Set(requests.map(([user]) => user)).size).toBe(requests.length);
      expect(new Set(issued.map(([user]) => user)).size).toBe(issued.length);
      for (const each of issued) expect(requests).toContainEqual(each);
    });
  });

  test('first come, first served: winners are before all who come too late', () => {
    inEachCampaign((happened, { requests }, id) => {
      const decided = requests.filter(
        ({ step: { data }, code }) =>
          (data as { campaignId: string }).campaignId === id && (code ?? 'SOLD_OUT') === 'SOLD_OUT',
      );
      const served = decided.filter(({ code }) => code === null);
      expect(decided.slice(0, served.length)).toEqual(served);
      expect(ofType(happened, 'GifticonIssued').map(({ data }) => data.userId)).toEqual(
        served.map(({ step: { by } }) => by),
      );
      expect(ofType(happened, 'GifticonRequested').map(({ data }) => data.userId)).toEqual(
        decided.map(({ step: { by } }) => by),
      );
    });
  });

  test('each refusal has a reason, and no issuing has a reason against it', () => {
    inEachCampaign((_happened, { log, requests }, id) => {
      for (const {
        step: { data, by, at },
        code,
        after,
      } of requests) {
        if ((data as { campaignId: string }).campaignId !== id) continue;
        const before = happenedIn(id, log.slice(0, after));
        const [created] = ofType(before, 'GifticonCampaignCreated');
        const had = ofType(before, 'GifticonRequested').some((event) => event.data.userId === by);
        const empty = created?.data.stock === 0 && ofType(before, 'GifticonCodesLoaded').length === 0;
        const reasons: Partial<Record<RejectionCode, boolean>> = {
          CAMPAIGN_NOT_FOUND: !created,
          ALREADY_REQUESTED: had,
          CAMPAIGN_CLOSED: at >= (created?.data.closesAt ?? '9'),
          CAMPAIGN_NOT_OPEN: empty || at < (created?.data.opensAt ?? ''),
          SOLD_OUT: ofType(before, 'GifticonsSoldOut').length > 0,
        };
        expect(Object.entries(reasons).find(([, holds]) => holds)?.[0] ?? null).toBe(code);
      }
    });
  });
});

test('the sequences reach every kind of event, and every outcome of a request', () => {
  const ran = [steps, gifticonSteps]
    .flatMap((kind) => fc.sample(kind, { numRuns: 300, seed: 7 }))
    .map((commands) => run(commands as readonly Step[]));
  const reached = new Set<string>(ran.flatMap(({ log }) => log.map(({ event }) => event.type)));
  expect([...reached].sort()).toEqual(Object.keys(EVENTS).sort());
  expect(new Set(ran.flatMap(({ requests }) => requests.map(({ code }) => code)))).toEqual(
    new Set([null, 'CAMPAIGN_NOT_FOUND', 'CAMPAIGN_NOT_OPEN', 'CAMPAIGN_CLOSED', 'SOLD_OUT', 'ALREADY_REQUESTED']),
  );
});

test.each([
  ['AddReaction', { roomId: ROOM, messageId: `${OTHER_ROOM}.4`, emoji: '👍' }],
  ['LoadGifticonCodes', { campaignId: CAMPAIGN, first: 1, count: 1 }],
  ['RequestGifticon', { campaignId: CAMPAIGN }],
] as const)('all streams that %s reads are named after its key, so share its partition', (type, data) => {
  const definition: AnyCommandDefinition = COMMANDS[type];
  const parsed = definition.schema.parse(data);
  const streams = definition.reads(parsed, { userId: userId(OTHER_ROOM) } as CommandEnvelope);
  for (const { id } of Object.values(streams)) expect(id).toContain(definition.key(parsed));
});
