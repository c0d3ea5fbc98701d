import { ofDomain } from '../../src/events/event.js';
import type { z } from 'zod';
import { append, streamOf } from '../../src/engine/domain/decide.js';
import type { Aggregate, AnyCommandDefinition, Decision, NewEvent, StreamRef } from '../../src/engine/domain/decide.js';
import type { CommandEnvelope } from '../../src/engine/domain/envelope.js';
import { campaignStream } from '../../src/commands/gifticon/campaign.js';
import { firstRequestStream } from '../../src/commands/gifticon/first-request.js';
import { issuanceStream } from '../../src/commands/gifticon/issuance.js';
import { handleAggregate, handleStream } from '../../src/commands/handle/state.js';
import { membershipStream } from '../../src/commands/membership/state.js';
import { paletteStream } from '../../src/commands/reaction/palette.js';
import { reactionStream } from '../../src/commands/reaction/state.js';
import type { RejectionCode } from '../../src/commands/rejections.js';
import { roomStream } from '../../src/commands/room/state.js';
import { userStream } from '../../src/commands/user/state.js';
import type { DomainEvent } from '../../src/events/event.js';
import type { CommandId, StreamId, UserId } from '../../src/engine/domain/ids.js';
import { commandId, traceId, userId } from '../../src/engine/domain/ids.js';

/**
 * The streams of these events, as they happened one after the other. The first reaction with an emoji is in the stream
 * of the message's palette, and so is its removal.
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
 * The stream that an event belongs to: stated once more, apart from the commands that write it. Of reactions that of
 * their user, see {@link placed}.
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

/** What an event is partitioned by. */
export function keyOfEvent({ data }: DomainEvent): string {
  if ('roomId' in data) return data.roomId;
  if ('handleId' in data) return data.handleId;
  return 'campaignId' in data ? data.campaignId : data.userId;
}

export function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === 'object' && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}

/**
 * A stream's state folded from its first event. Everything is frozen, so that an `evolve` that changes what it was
 * given throws.
 */
export function fold<S>(stream: StreamRef<S>, history: readonly NewEvent[]): S {
  const aggregate = stream.aggregate as Aggregate<S>;
  return history
    .filter((recorded) => recorded.stream === stream.id)
    .reduce(
      (state, { event }) => deepFreeze(aggregate.evolve(state, deepFreeze(event))),
      deepFreeze(aggregate.initialState),
    );
}

/** When commands are accepted, and under which id, where a test says nothing else. */
export const NOW = '2026-01-01T00:00:00.000Z';
export const COMMAND_ID = commandId('018f2f6e-0000-7000-8000-000000000001');

interface Stamp {
  readonly by: UserId;
  readonly at?: string | undefined;
  readonly id?: CommandId | undefined;
}

/**
 * Decides as a worker does: data through the schema, states for what it reads. A command that has to wait is not
 * decided. Fails on an event outside of the streams that the command reads and owns.
 */
export function decideWith(
  definition: AnyCommandDefinition,
  data: unknown,
  { by, at = NOW, id = COMMAND_ID }: Stamp,
  stateOf: (stream: StreamRef<unknown>) => unknown,
): Decision | { readonly outcome: 'held'; readonly events: readonly [] } {
  const parsed = deepFreeze(definition.schema.parse(data));
  const command: CommandEnvelope = deepFreeze({
    commandId: id,
    type: definition.type,
    schema: definition.version,
    key: definition.key(parsed),
    userId: by,
    traceId: traceId('0'.repeat(32)),
    at,
    data: parsed,
  });
  const streams = definition.reads(parsed, command);
  const states = Object.fromEntries(Object.entries(streams).map(([name, stream]) => [name, stateOf(stream)]));
  if (definition.held?.(states, command)) return { outcome: 'held', events: [] };
  const decision = definition.decide(command, states, streams);
  const own = new Set(
    Object.values(streams)
      .filter((stream) => !stream.foreign)
      .map((stream) => stream.id),
  );
  for (const { stream, event } of decision.events.map(ofDomain)) {
    const palette =
      event.type === 'ReactionAdded' || event.type === 'ReactionRemoved'
        ? [paletteStream(event.data.roomId, event.data.seq).id]
        : [];
    expect([streamOfEvent(event).id, ...palette]).toContain(stream);
    expect(own).toContain<StreamId>(stream);
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
    const decision = decideWith(definition, data, { by: userId(by), at }, (stream) => fold(stream, recorded));
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

/** What a client may write where the schema gives branded ids. */
type Unbranded<D> = { readonly [K in keyof D]: D[K] extends string ? string : D[K] };
