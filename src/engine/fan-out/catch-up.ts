import type { RecordedEvent } from '../domain/event.js';
import type { Position, UserId } from '../domain/ids.js';
import type { GroupOptions } from './group-query.js';
import type { HistoryPage } from './history-page.js';
import type { KeptResults, Rendered } from './kept-results.js';
import type { LiveMembers } from './live-members.js';
import { MAX_BACKLOG_BYTES } from './live-members.js';
import type { Member } from './member.js';
import type { RoomUpdate } from './notice.js';
import type { Audience, Run } from './runs.js';
import { historyRuns } from './runs.js';
import type { Delivery } from './subscriber.js';
import { flushed } from './subscriber.js';

export interface CatchUpOptions extends Pick<GroupOptions, 'query' | 'catalog' | 'history' | 'histories' | 'resumes'> {
  readonly kept: KeptResults;
  readonly live: LiveMembers;
  readonly behind: Set<Member>;
  readonly audienceOf: (update: RoomUpdate) => Audience;
}

/** A part of the history, executed. */
interface Part {
  readonly page: HistoryPage;
  readonly upTo: Position;
  readonly rendered: readonly Rendered[];
  /** Users with events of their own in it, which are executed for them alone. */
  readonly owners: ReadonlySet<UserId>;
}

/** What members at one position get in one write. The same for all of them, apart from the owners. */
interface Share {
  readonly delivery: Delivery;
  readonly upTo: Position;
  readonly owners: ReadonlySet<UserId>;
  /** Users whose access changed: whether they are outside at the end. */
  readonly outside: ReadonlyMap<UserId, boolean>;
}

/** A write ends behind this size. */
const MAX_CHARACTERS = 1 << 14;

/*
 * A member that is behind reads the history of the room from the store, page by page, at the pace of its own network.
 * It turns live in one synchronous step as soon as the kept results of the group reach back to its position: these are
 * written to it, and from then on it gets each result together with all others. So no event is missed, and none comes
 * twice. Results that live members still wait for are among the kept ones: see `LiveMembers.add`.
 *
 * Thousands come back in one moment, most of them at the same position. A page is read once for all (`History`),
 * executed once for the group (`HistoryPage.results`), and framed once for the members of a position and a turn of the
 * event loop. The writes take turns: live members, and other rooms, come in between.
 */

/** @returns brings a member from its position to the live ones. Resolves once it is live, or over. */
export function createCatchUp({
  query,
  catalog,
  history,
  histories,
  resumes,
  kept,
  live,
  behind,
  audienceOf,
}: CatchUpOptions): (member: Member) => Promise<void> {
  const { batch } = query;
  const group = {};
  /** Parts that are being executed, by the position before them. */
  const executing = new Map<Position, Promise<Part>>();
  const shares = memoryOfTurn<Share>();

  /** Results for those alone who are to get their event now: the room may be larger than it was then. */
  const asOfNow = (rendered: Rendered): Rendered => {
    const audience = rendered.only === null && !batch ? audienceOf(rendered.events.at(-1)!) : 'everyone';
    if (audience === 'everyone') return rendered;
    return audience === 'nobody' ? { ...rendered, results: [] } : { ...rendered, only: audience.only };
  };

  /** @param user gets events of its own, too; null: only those for everyone */
  const shareOf = (all: Iterable<Rendered>, from: Position, upTo: Position, user: UserId | null): Share => {
    const results: string[] = [];
    const owners = new Set<UserId>();
    const outside = new Map<UserId, boolean>();
    for (const each of all) {
      if (each.position <= from) continue;
      const { only, results: shown } = asOfNow(each);
      if (only !== null) owners.add(only);
      if (only === null || only === user) results.push(...shown);
      for (const { event } of each.events) {
        const change = catalog.accessChange(event);
        if (change) outside.set(change.userId, change.effect === 'ends');
      }
    }
    return { delivery: { results }, upTo, owners, outside };
  };

  const write = (member: Member, { delivery, upTo, outside }: Share): void => {
    const { sink, userId } = member.subscriber;
    if (delivery.results.length > 0) sink.deliver(delivery);
    if (upTo > member.position) member.position = upTo;
    member.outside = outside.get(userId) ?? member.outside;
  };

  const execute = async ({ shown }: Run): Promise<readonly string[]> => {
    await histories.enter();
    return query.render(shown);
  };

  const partOf = async (page: HistoryPage, from: Position, user: UserId | null): Promise<Part> => {
    const events = page.events.filter(({ position }) => position > from);
    const owners = ownersOf(events, audienceOf);
    const rendered: Rendered[] = [];
    let characters = 0;
    for (const run of historyRuns(events, batch?.max ?? 1, audienceOf, user)) {
      if (page.isOutdated) break;
      if (characters >= MAX_CHARACTERS) return { page, upTo: rendered.at(-1)!.position, rendered, owners };
      const results = run.shown.length > 0 ? await page.results(group, run.shown, () => execute(run)) : [];
      for (const { length } of results) characters += length;
      const updates = run.updates as readonly RecordedEvent[];
      rendered.push({ events: updates, position: updates.at(-1)!.position, only: null, results });
    }
    return { page, upTo: page.upTo, rendered, owners };
  };

  /** The part behind a position, for all that stand there. */
  const sharedPart = (from: Position): Promise<Part> => {
    const known = executing.get(from);
    if (known) return known;
    const part = history.page(query.partition, query.key, from).then((page) => partOf(page, from, null));
    executing.set(from, part);
    const forget = (): void => void executing.delete(from);
    part.then(forget, forget);
    return part;
  };

  /** @param since the newest page when the member came */
  const readOn = async (member: Member, since: number): Promise<void> => {
    const { sink, userId } = member.subscriber;
    const from = member.position;
    let part = await sharedPart(from);
    await resumes.enter();
    const isOwner = part.owners.has(userId);
    if (isOwner) part = await partOf(part.page, from, userId);
    const { page, upTo, rendered } = part;
    if (!behind.has(member) || page.isOutdated) return;
    const shared = (): Share => shares(part, () => shareOf(rendered, from, upTo, null));
    write(member, isOwner || shared().owners.has(userId) ? shareOf(rendered, from, upTo, userId) : shared());
    const isPageDone = upTo === page.upTo;
    // A user who is outside at that point may have come back later than this group is, since the read model that
    // admitted the member is ahead: the event store shows it. A page from before the member came does not.
    if (isPageDone && page.isLast && page.number > since && member.outside) return member.end({ reason: 'left' });
    if (isPageDone || sink.backlog() > MAX_BACKLOG_BYTES / 2) await flushed(sink, () => !behind.has(member));
  };

  /** Whether everything that the member does not have is kept. An event of its own may not have been executed. */
  const isKept = ({ position: at, subscriber }: Member): boolean =>
    at >= kept.after && !kept.lacks(subscriber.userId, at);

  const goLive = (member: Member): void => {
    // Kept results may have been dropped in the meantime.
    if (!isKept(member)) return;
    const { position: from, subscriber } = member;
    if (kept.last > from) {
      const shared = shares(`${from} ${kept.version}`, () => shareOf(kept, from, kept.last, null));
      const isOwner = shared.owners.has(subscriber.userId);
      write(member, isOwner ? shareOf(kept, from, kept.last, subscriber.userId) : shared);
    }
    if (member.outside || !behind.delete(member)) return;
    live.add(member);
  };

  return async (member) => {
    const since = history.newest;
    while (behind.has(member)) {
      if (!isKept(member) || member.outside) await readOn(member, since);
      else {
        if (kept.last > member.position) await resumes.enter();
        if (behind.has(member)) goLive(member);
      }
    }
  };
}

function ownersOf(events: readonly RecordedEvent[], audienceOf: (update: RoomUpdate) => Audience): ReadonlySet<UserId> {
  const owners = new Set<UserId>();
  for (const event of events) {
    const audience = audienceOf(event);
    if (typeof audience === 'object') owners.add(audience.only);
  }
  return owners;
}

/** Values that are made once in a turn of the event loop. */
function memoryOfTurn<V>(): (key: unknown, make: () => V) => V {
  const made = new Map<unknown, V>();
  return (key, make) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    if (made.size === 0) setImmediate(() => made.clear());
    const value = make();
    made.set(key, value);
    return value;
  };
}
