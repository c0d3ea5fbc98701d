import type { CommandId, Offset, Partition, UserId } from '../engine/domain/ids.js';
import { partitionOf } from '../engine/log/partitioning.js';
import type { CampaignId } from '../events/ids.js';

/** A request in the queue whose outcome this process does not know. Small, since there may be very many. */
export interface WaitingRequest {
  readonly id: CommandId;
  readonly userId: UserId;
  readonly campaign: CampaignLine;
  /** Its offset in its partition; a request that was sent again keeps its first one. */
  readonly offset: Offset;
  /** Milliseconds from the line's creation to its acceptance: so small a number needs no object of its own. */
  readonly asked: number;
  /** As `RequestNumbers.brought` returns it; 0 until the tail has brought the request. */
  readonly ordinal: number;
}

/** The fields that the waiting requests of one campaign share. */
export interface CampaignLine {
  readonly id: CampaignId;
  readonly partition: Partition;
}

export interface Accepted {
  readonly id: CommandId;
  readonly campaignId: CampaignId;
  readonly userId: UserId;
  /** Milliseconds since 1970. */
  readonly at: number;
}

interface Campaign extends CampaignLine {
  queued: number;
  readonly firsts: Map<UserId, Request>;
  /**
   * Further requests of a user who has one in `firsts`: servers that do not know of each other's requests yet may each
   * admit one.
   */
  readonly others: Map<UserId, readonly Request[]>;
}

export interface Request extends WaitingRequest {
  readonly campaign: Campaign;
  offset: Offset;
  ordinal: number;
  waiting: boolean;
}

/** The waiting requests by their ids, by campaign, and by user. */
export interface RequestIndex {
  /** Accepted requests of a campaign without an outcome. */
  queued(id: CampaignId): number;
  /** All requests under this id: the holder, then the others. */
  under(id: CommandId): readonly Request[];
  /** The request with the same id, user and campaign. */
  same(request: Omit<Accepted, 'at'>): Request | undefined;
  /** The first waiting request of a user in a campaign. */
  first(id: CampaignId, userId: UserId): Request | null;
  /** @param asked milliseconds from the line's creation to its acceptance */
  add(request: Accepted, place: Offset, asked: number, ordinal: number): Request;
  remove(request: Request): void;
}

export function createRequestIndex(partitions: number): RequestIndex {
  const requests = new Map<CommandId, Request>();
  /**
   * Other requests with the id of a waiting one: of another user, or in another campaign. One of them gets the receipt.
   */
  const rivals = new Map<CommandId, Request[]>();
  const campaigns = new Map<CampaignId, Campaign>();

  const campaignOf = (id: CampaignId): Campaign => {
    const known = campaigns.get(id);
    if (known) return known;
    const campaign = {
      id,
      partition: partitionOf(id, partitions),
      queued: 0,
      firsts: new Map<UserId, Request>(),
      others: new Map<UserId, readonly Request[]>(),
    };
    campaigns.set(id, campaign);
    return campaign;
  };

  const under = (id: CommandId): readonly Request[] => {
    const holder = requests.get(id);
    return holder ? [holder, ...(rivals.get(id) ?? [])] : [];
  };

  const same = ({ id, userId, campaignId: campaign }: Omit<Accepted, 'at'>): Request | undefined => {
    const holder = requests.get(id);
    if (!holder || (holder.userId === userId && holder.campaign.id === campaign)) return holder;
    return rivals.get(id)?.find((rival) => rival.userId === userId && rival.campaign.id === campaign);
  };

  /** Sorts these requests of a user: the first is the one with the lowest offset. */
  const order = (campaign: Campaign, userId: UserId, requests: readonly Request[]): void => {
    const [first, ...others] = requests.toSorted((a, b) => a.offset - b.offset);
    if (first) campaign.firsts.set(userId, first);
    else campaign.firsts.delete(userId);
    if (others.length > 0) campaign.others.set(userId, others);
    else campaign.others.delete(userId);
  };

  const add = ({ id, campaignId: of, userId }: Accepted, place: Offset, asked: number, ordinal: number): Request => {
    const campaign = campaignOf(of);
    const request: Request = { id, userId, campaign, offset: place, asked, ordinal, waiting: true };
    if (!requests.has(id)) requests.set(id, request);
    else rivals.set(id, [...(rivals.get(id) ?? []), request]);
    campaign.queued++;
    const first = campaign.firsts.get(userId);
    if (!first) campaign.firsts.set(userId, request);
    else order(campaign, userId, [first, ...(campaign.others.get(userId) ?? []), request]);
    return request;
  };

  const remove = (request: Request): void => {
    const { id, userId, campaign } = request;
    request.waiting = false;
    const [holder, ...others] = under(id).filter((each) => each !== request);
    requests.delete(id);
    rivals.delete(id);
    if (holder) requests.set(id, holder);
    if (others.length > 0) rivals.set(id, others);
    const more = campaign.others.get(userId);
    if (more)
      order(
        campaign,
        userId,
        [campaign.firsts.get(userId)!, ...more].filter((each) => each !== request),
      );
    else campaign.firsts.delete(userId);
    if (--campaign.queued === 0) campaigns.delete(campaign.id);
  };

  return {
    queued: (id) => campaigns.get(id)?.queued ?? 0,
    under,
    same,
    first: (id, userId) => campaigns.get(id)?.firsts.get(userId) ?? null,
    add,
    remove,
  };
}
