import type { Decided } from '../../src/engine/testing/given.js';
import { COMMAND_ID, NOW, decideWith as decide, deepFreeze, foldStream } from '../../src/engine/testing/given.js';
import { ofDomain } from '../../src/events/event.js';
import type { z } from 'zod';
import { append, streamOf } from '../../src/engine/domain/decide.js';
import type { AnyCommandDefinition, NewEvent, StreamRef } from '../../src/engine/domain/decide.js';
import { campaignStream } from '../../src/commands/gifticon/campaign.js';
import { firstRequestStream } from '../../src/commands/gifticon/first-request.js';
import { issuanceStream } from '../../src/commands/gifticon/issuance.js';
import { handleAggregate, handleStream } from '../../src/commands/user/handle-state.js';
import { membershipStream } from '../../src/commands/membership/state.js';
import { paletteStream } from '../../src/commands/reaction/palette.js';
import { reactionStream } from '../../src/commands/reaction/state.js';
import type { RejectionCode } from '../../src/commands/rejections.js';
import { roomStream } from '../../src/commands/room/state.js';
import { userStream } from '../../src/commands/user/state.js';
import type { DomainEvent } from '../../src/events/event.js';
import type { UserId } from '../../src/engine/domain/ids.js';
import { userId } from '../../src/engine/domain/ids.js';

/**
 * The streams of these events, in their order. The first reaction with an emoji is in the stream of the message's
 * palette, and so is its removal.
 */
export function placed(...history: readonly DomainEvent[]): readonly NewEvent[] {
  const introduced = new Map<string, { readonly by: UserId; stands: boolean }>();
  return history.map((event) => {
    if (event.type !== 'ReactionAdded' && event.type !== 'ReactionRemoved') return append(streamOfEvent(event), event);
    const { roomId, seq, emoji, userId: by } = event.data;
    const first = introduced.get(`${seq} ${emoji}`);
    if (event.type === 'ReactionAdded' && !first) {
      introduced.set(`${seq} ${emoji}`, { by, stands: true });
      return append(paletteStream(roomId, seq), event);
    }
    if (event.type === 'ReactionRemoved' && first?.by === by && first.stands) {
      first.stands = false;
      return append(paletteStream(roomId, seq), event);
    }
    return append(streamOfEvent(event), event);
  });
}

/**
 * The stream of an event, stated independently of the commands that write it. For reactions that of their user, see
 * {@link placed}.
 */
export function streamOfEvent(event: DomainEvent): StreamRef<unknown> {
  switch (event.type) {
    case 'HandleClaimed':
      return handleStream(event.data.handle);
    case 'HandleReleased':
      return streamOf(handleAggregate, event.data.handleId);
    case 'UserRegistered':
    case 'AccountDeleted':
      return userStream(event.data.userId);
    case 'RoomCreated':
    case 'MessagePosted':
      return roomStream(event.data.roomId);
    case 'MemberJoined':
    case 'MemberLeft':
    case 'MemberErased':
    case 'MessagesRead':
      return membershipStream(event.data.roomId, event.data.userId);
    case 'ReactionAdded':
    case 'ReactionRemoved':
      return reactionStream(event.data.roomId, event.data.seq, event.data.userId);
    case 'GifticonCampaignCreated':
    case 'GifticonCodesLoaded':
    case 'GifticonCampaignPaused':
    case 'GifticonCampaignResumed':
      return campaignStream(event.data.campaignId);
    case 'GifticonRequested':
      return firstRequestStream(event.data.campaignId, event.data.userId);
    case 'GifticonIssued':
    case 'GifticonsSoldOut':
      return issuanceStream(event.data.campaignId);
    default:
      return event satisfies never;
  }
}

/** The partition key of an event. */
export function keyOfEvent({ data }: DomainEvent): string {
  if ('roomId' in data) return data.roomId;
  if ('handleId' in data) return data.handleId;
  return 'campaignId' in data ? data.campaignId : data.userId;
}

export { COMMAND_ID, NOW, deepFreeze, foldStream as fold };

/** Checks that each event is in its stream, as stated independently of the commands. */
export function decideWith(...asked: Parameters<typeof decide>): Decided {
  const decision = decide(...asked);
  for (const { stream, event } of decision.events.map((each: NewEvent) => ofDomain(each))) {
    const palette =
      event.type === 'ReactionAdded' || event.type === 'ReactionRemoved'
        ? [paletteStream(event.data.roomId, event.data.seq).id]
        : [];
    expect([streamOfEvent(event).id, ...palette]).toContain(stream);
  }
  return decision;
}

/** Given these events, when this command is decided, then … */
export const given = (...history: readonly DomainEvent[]) => ({
  when<C extends AnyCommandDefinition>(
    definition: C,
    data: Unbranded<z.output<C['schema']>>,
    by: string = 'u-any',
    at?: string,
  ) {
    const recorded = placed(...history);
    const next = (events: readonly DomainEvent[]) => placed(...history, ...events).slice(history.length);
    const decision = decideWith(definition, data, { by: userId(by), at }, (stream) => foldStream(stream, recorded));
    return {
      thenEvents: (...events: readonly DomainEvent[]) =>
        expect(decision).toEqual({ outcome: 'accepted', events: next(events) }),
      thenNothing: () => expect(decision).toEqual({ outcome: 'accepted', events: [] }),
      thenHeld: () => expect(decision).toEqual({ outcome: 'held', events: [] }),
      thenRejected: (code: RejectionCode, ...events: readonly DomainEvent[]) =>
        expect(decision).toMatchObject({ outcome: 'rejected', rejection: { code }, events: next(events) }),
    };
  },
});

/** A client's data, where the schema gives branded ids. */
type Unbranded<D> = { readonly [K in keyof D]: D[K] extends string ? string : D[K] };
