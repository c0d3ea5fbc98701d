import type { DomainEvent } from '../../../src/events/event.js';
import { ERASED_USER, commandId, position, userId } from '../../../src/engine/domain/ids.js';
import { campaignId } from '../../../src/events/ids.js';
import {
  OTHER_ROOM,
  ROOM,
  created,
  erased,
  joined,
  left,
  posted,
  reacted,
  read,
  unreacted,
} from '../../support/room-events.js';
import { PARTITION, recorded } from './recorded.js';

export const registered = (id: string, handle = id, name = handle): DomainEvent => ({
  type: 'UserRegistered',
  data: { userId: userId(id), handle, name },
});
export const elsewhere = <E extends DomainEvent>(event: E): E => ({
  ...event,
  data: { ...event.data, roomId: OTHER_ROOM },
});

/** A campaign that is paused, resumed, loaded and sold out. */
export function campaign(): readonly DomainEvent[] {
  const campaignOf = { campaignId: campaignId('6f1c2b5e-93a0-5c7e-8a51-0d2f4b6a8d01') };
  const by = { ...campaignOf, userId: userId('ann') };
  const request = { ...by, requestId: commandId('018f2f6e-0000-7000-8000-0000000000aa') };
  const opensAt = '2026-03-01T09:00:00.000Z';
  return [
    {
      type: 'GifticonCampaignCreated',
      data: { ...campaignOf, title: 'Coffee', stock: 1, opensAt, closesAt: null, createdBy: userId('ann') },
    },
    { type: 'GifticonCampaignPaused', data: by },
    { type: 'GifticonCodesLoaded', data: { ...campaignOf, first: 2, count: 1 } },
    { type: 'GifticonCampaignResumed', data: by },
    { type: 'GifticonRequested', data: request },
    { type: 'GifticonIssued', data: { ...request, nth: 1 } },
    { type: 'GifticonIssued', data: { ...request, nth: 2 } },
    { type: 'GifticonsSoldOut', data: campaignOf },
  ];
}

export const syntheticLog = recorded(
  registered('ann', 'ann', 'Ann'),
  registered('ben'),
  created('ann', 'First'),
  joined('ann'),
  posted('ann', 1, 'one'),
  joined('ben', 1),
  posted('ben', 2, 'two'),
  reacted('ann', 2, '👍'),
  reacted('ben', 2, '🎉'),
  reacted('ben', 2, '👍'),
  unreacted('ann', 2, '👍'),
  elsewhere(created('ben', 'Second')),
  elsewhere(joined('ben')),
  posted('ann', 3, 'three'),
  read('ben', 3),
  joined('eve', 3),
  left('eve'),
  reacted('ann', 1, '🙂'),
  unreacted('ann', 1, '🙂'),
  ...campaign(),
);

/** The log continues with a user whose account is deleted, and whose handle another user takes. */
export const deletion: readonly DomainEvent[] = [
  ...syntheticLog.map(({ event }) => event),
  registered('fay', 'fay', 'Fay'),
  joined('fay', 3),
  posted('fay', 4, 'four'),
  reacted('fay', 4, '👍'),
  reacted('fay', 2, '👍'),
  left('fay'),
  joined('fay', 4),
  read('fay', 4),
  left('fay'),
  erased('fay'),
  { type: 'AccountDeleted', data: { userId: userId('fay') } },
  registered('gil', 'fay', 'Gil'),
];

/** The same with a redacted record. */
export const redacted = (event: DomainEvent): DomainEvent => {
  if (event.type === 'MessagePosted' && event.data.authorId === userId('fay'))
    return { ...event, data: { ...event.data, authorId: ERASED_USER, body: '' } };
  if (event.type === 'UserRegistered' && event.data.userId === userId('fay'))
    return { ...event, data: { ...event.data, handle: '', name: '' } };
  return event;
};

export const page = {
  roomId: ROOM,
  partition: PARTITION,
  viewer: null,
  from: null,
  limit: 10,
  atLeast: position(0),
} as const;
