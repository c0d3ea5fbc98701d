import { useCallback, useEffect, useMemo, useRef } from 'react';
import { Virtuoso } from 'react-virtuoso';
import type { ListRange, VirtuosoHandle } from 'react-virtuoso';
import type { MessagePartsFragment } from '../generated/operations.js';
import { useTexts } from '../text/text.js';
import type { MessageActions } from './message-item.js';
import { MessageItem, OutgoingItem } from './message-item.js';
import type { Outbox, Outgoing } from './outbox.js';
import { useSticking } from './use-sticking.js';

type Item = MessagePartsFragment | Outgoing;
const isOutgoing = (item: Item): item is Outgoing => 'commandId' in item;

interface MessageListProps {
  readonly messages: readonly MessagePartsFragment[];
  readonly outgoing: readonly Outgoing[];
  readonly userId: string;
  /** How far the user had read when the room was opened. */
  readonly readSeq: number;
  /** The newest message at that moment. What comes later comes while the user looks. */
  readonly openedAt: number;
  readonly hasOlder: boolean;
  readonly loadOlder: () => void;
  readonly looksAtNewest: (does: boolean) => void;
  /** Begins at the newest message instead of the first unread one. */
  readonly atNewest: boolean;
  /** Called with the newest number that is in view. */
  readonly seen: (seq: number) => void;
  readonly outbox: Outbox;
  readonly actions: MessageActions;
}

/** So far outside of the view messages are drawn already, in pixels. */
const OVERSCAN = 300;

export function MessageList(props: MessageListProps) {
  const {
    messages,
    outgoing,
    userId,
    readSeq,
    openedAt,
    hasOlder,
    loadOlder,
    looksAtNewest,
    atNewest,
    seen,
    outbox,
    actions,
  } = props;
  const text = useTexts();
  const list = useRef<VirtuosoHandle>(null);
  const items = useMemo<readonly Item[]>(() => [...messages, ...outgoing], [messages, outgoing]);
  // Numbers have no gaps, so a message's number is its place for good: older ones above it move nothing.
  const firstSeq = messages[0]?.seq ?? 1;
  const newest = messages.at(-1)?.seq ?? 0;
  const firstUnread = useMemo(
    () => messages.findIndex(({ seq, author }) => seq > readSeq && seq <= openedAt && author.id !== userId),
    [messages, readSeq, openedAt, userId],
  );
  const unreadSeq = messages[firstUnread]?.seq;
  const atUnread = firstUnread > 0 && !atNewest;
  const area = useRef<HTMLDivElement>(null);
  const sticking = useSticking(area, !atUnread);
  const { sticks, now } = sticking;
  useEffect(() => looksAtNewest(sticks), [looksAtNewest, sticks]);

  const rangeChanged = useCallback(
    ({ endIndex }: ListRange) => {
      if (document.visibilityState === 'visible') seen(Math.min(endIndex, newest));
    },
    [seen, newest],
  );
  const shown = useRef<ListRange | null>(null);
  useEffect(() => {
    const look = (): void => {
      if (shown.current) rangeChanged(shown.current);
    };
    look();
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, [rangeChanged]);

  // A notice above the list, lines in the composer and a message that grows move the end out of view.
  const stay = useCallback((): void => {
    if (now()) list.current?.scrollTo({ top: Number.MAX_SAFE_INTEGER });
  }, [now]);
  useEffect(() => {
    const observer = new ResizeObserver(stay);
    observer.observe(area.current!);
    return () => observer.disconnect();
  }, [stay]);

  const toNewest = (): void => {
    sticking.stick();
    list.current?.scrollToIndex({ index: 'LAST', align: 'end' });
  };
  // What the user writes is what the user looks at.
  const written = outgoing.length;
  const before = useRef(written);
  useEffect(() => {
    if (written > before.current) toNewest();
    before.current = written;
  });

  return (
    <div ref={area} className="messages" role="log" aria-label={text('room.messages')} aria-relevant="additions">
      <Virtuoso
        ref={list}
        className="scroller"
        data={items}
        firstItemIndex={firstSeq}
        initialTopMostItemIndex={
          firstUnread > 0 && !atNewest ? { index: firstUnread, align: 'center' } : items.length - 1
        }
        alignToBottom
        increaseViewportBy={OVERSCAN}
        startReached={() => {
          if (hasOlder) loadOlder();
        }}
        followOutput={() => (now() ? 'auto' : false)}
        atBottomStateChange={sticking.atBottom}
        atBottomThreshold={60}
        totalListHeightChanged={stay}
        rangeChanged={(range) => {
          shown.current = range;
          rangeChanged(range);
        }}
        computeItemKey={(_index, item) => (isOutgoing(item) ? item.commandId : item.id)}
        components={hasOlder ? WITH_OLDER : WHOLE}
        itemContent={(index, item) =>
          isOutgoing(item) ? (
            <OutgoingItem
              outgoing={item}
              retry={() => outbox.retry(item.commandId)}
              discard={() => outbox.discard(item.commandId)}
            />
          ) : (
            <>
              {!hasOlder && index === firstSeq && <p className="edge">{text('room.start')}</p>}
              <MessageItem
                message={item}
                before={messages[index - firstSeq - 1]}
                own={item.author.id === userId}
                firstUnread={item.seq === unreadSeq}
                {...actions}
              />
            </>
          )
        }
      />
      {!sticks && (
        <button className="jump" onClick={toNewest}>
          ↓ {text('room.newest')}
        </button>
      )}
    </div>
  );
}

const Older = () => <p className="edge">{useTexts()('room.older')}</p>;
const Empty = () => <p className="blank">{useTexts()('room.empty')}</p>;
/** A list keeps its place only while these are the same. */
const WITH_OLDER = { Header: Older };
const WHOLE = { EmptyPlaceholder: Empty };
