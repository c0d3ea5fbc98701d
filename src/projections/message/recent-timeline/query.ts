/** Exports: `RecentPageQuery`, `recentPages`. */
import type { Partition, UserId } from '../../../engine/domain/ids.js';
import type { RoomId } from '../../../events/ids.js';
import { position, userId } from '../../../engine/domain/ids.js';
import { messageId } from '../../../events/ids.js';
import type { ReadCache } from '../../../engine/projector/read-cache.js';
import type { ReactionTally, TimelineMessage, TimelinePage, TimelinePageQuery } from '../timeline/page.js';
import { around } from '../timeline/page.js';
import type { RecentMessage } from './project.js';
import { recentTimeline } from './project.js';
import { PAGES } from './recent-timeline.lua.js';

export type RecentPageQuery = Omit<TimelinePageQuery, 'viewer'>;

/**
 * Pages of rooms of one partition, in the order of `queries`; null where Redis does not have the whole page. One round
 * trip.
 */
export async function recentPages(
  cache: ReadCache,
  partition: Partition,
  viewer: UserId | null,
  queries: readonly RecentPageQuery[],
): Promise<readonly (TimelinePage | null)[]> {
  const atLeast = position(Math.max(0, ...queries.map((query) => query.atLeast)));
  const args = queries.flatMap(({ roomId, direction, from, limit }) => [roomId, direction, from ?? '', limit]);
  const answered = await cache.read(recentTimeline, partition, atLeast, PAGES, [viewer ?? '', ...args]);
  if (!answered) return queries.map(() => null);
  const { holds, result } = answered;
  return queries.map((query, index) => {
    const answer = (result as readonly (Answer | null)[])[index];
    if (!answer) return null;
    const [last, messages, reactions] = answer;
    return {
      messages: messages.map((json, n) => messageOf(query.roomId, json, reactions[n] ?? [], viewer)),
      ...around(query, last),
      source: 'redis',
      holds,
    };
  });
}

type Reactions = readonly (string | number)[];
type Answer = readonly [last: number, messages: readonly string[], reactions: readonly (Reactions | null)[]];

function messageOf(roomId: RoomId, json: string, reactions: Reactions, viewer: UserId | null): TimelineMessage {
  const { seq, author, body, at } = JSON.parse(json) as RecentMessage;
  return {
    id: messageId(roomId, seq),
    roomId,
    seq,
    authorId: userId(author),
    body,
    createdAt: new Date(at),
    reactions: talliesOf(reactions, viewer),
  };
}

function talliesOf(reactions: Reactions, viewer: UserId | null): readonly ReactionTally[] {
  const tallies: { readonly first: number; readonly tally: ReactionTally }[] = [];
  for (let n = 0; n < reactions.length; n += 3) {
    const [count = 0, first = 0] = String(reactions[n + 1])
      .split(' ')
      .map(Number);
    if (count === 0) continue;
    const emoji = String(reactions[n]);
    tallies.push({ first, tally: viewer === null ? { emoji, count } : { emoji, count, mine: reactions[n + 2] === 1 } });
  }
  return tallies.sort((a, b) => a.first - b.first).map(({ tally }) => tally);
}
