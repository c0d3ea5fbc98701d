import { useApolloClient } from '@apollo/client/react';
import { madangError } from '@madang/client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { delay } from '../../../shared/session/delay.js';
import type { LogPartsFragment } from '../generated/operations.js';
import { RoomLogDocument } from '../generated/operations.js';
import type { Refusal } from '../../../shared/text/refusals.js';
import { useRefusalText } from '../../../shared/text/refusals.js';
import { useTexts } from '../text/text.js';
import { Tag } from '../ui/tag.js';
import { Time } from '../ui/time.js';

const POLL_MS = 1_500;
/** How many entries stay on the page. */
const KEPT = 500;

interface Log {
  /** Newest first. */
  readonly entries: readonly LogPartsFragment[];
  readonly hasOlder: boolean;
}

/** The tail of a room's log, live, and back to its beginning. */
function useRoomLog(roomId: string, isLive: boolean) {
  const apollo = useApolloClient();
  const [log, setLog] = useState<Log | null>(null);
  const [failure, setFailure] = useState<Refusal | null>(null);
  const newest = useRef<string | null>(null);

  const fetchLog = useCallback(
    async (place: { readonly after?: string; readonly before?: string }) => {
      const variables = { id: roomId, after: place.after ?? null, before: place.before ?? null };
      const { data } = await apollo.query({ query: RoomLogDocument, variables, fetchPolicy: 'no-cache' });
      return data?.admin?.room?.log ?? { entries: [], hasMore: false };
    },
    [apollo, roomId],
  );

  const catchUp = useCallback(async (): Promise<void> => {
    if (newest.current === null) {
      const { entries, hasMore } = await fetchLog({});
      newest.current = entries[0]?.position ?? null;
      setLog({ entries, hasOlder: hasMore });
      return;
    }
    const { entries } = await fetchLog({ after: newest.current });
    if (entries.length === 0) return;
    newest.current = entries.at(-1)!.position;
    setLog((before) => {
      const shown = before?.entries ?? [];
      // Held and followed again in a moment, two answers may have the same entries.
      const known = new Set(shown.map(({ position }) => position));
      const all = [...entries.toReversed().filter(({ position }) => !known.has(position)), ...shown];
      return { entries: all.slice(0, KEPT), hasOlder: before?.hasOlder === true || all.length > KEPT };
    });
  }, [fetchLog]);

  useEffect(() => {
    if (!isLive) return undefined;
    let isOpen = true;
    const follow = async (): Promise<void> => {
      while (isOpen) {
        if (document.visibilityState === 'visible' || newest.current === null) {
          await catchUp().then(
            () => isOpen && setFailure(null),
            (error: unknown) => {
              const refusal = madangError(error);
              // The log went back in time: what is shown may be gone.
              if (refusal.code === 'POSITION_GONE') newest.current = null;
              if (isOpen) setFailure(refusal);
            },
          );
        }
        await delay(POLL_MS);
      }
    };
    void follow();
    return () => void (isOpen = false);
  }, [catchUp, isLive]);

  const loadOlder = async (): Promise<void> => {
    const oldest = log?.entries.at(-1);
    if (!log || !oldest) return;
    try {
      const { entries, hasMore } = await fetchLog({ before: oldest.position });
      setLog({ entries: [...log.entries, ...entries], hasOlder: hasMore });
    } catch (error) {
      setFailure(madangError(error));
    }
  };
  return { log, failure, loadOlder };
}

export function RoomLog({ roomId }: { readonly roomId: string }) {
  const text = useTexts();
  const why = useRefusalText();
  const [isLive, setLive] = useState(true);
  const { log, failure, loadOlder } = useRoomLog(roomId, isLive);
  return (
    <section>
      <header className="title">
        <h2>{text('log.title')}</h2>
        <button className="quiet" aria-pressed={!isLive} onClick={() => setLive(!isLive)}>
          {text(isLive ? 'log.hold' : 'log.follow')}
        </button>
      </header>
      <p className="hint">{text('log.hint')}</p>
      {failure !== null && (
        <p className="notice warm" role="alert">
          {text('page.stale', { message: why(failure) })}
        </p>
      )}
      {log && log.entries.length === 0 && <p className="empty">{text('log.none')}</p>}
      <ol className="log" reversed>
        {log?.entries.map((entry) => (
          <Entry key={entry.position} entry={entry} />
        ))}
      </ol>
      {log?.hasOlder && <button onClick={() => void loadOlder()}>{text('log.older')}</button>}
    </section>
  );
}

/** The data in one line, without the id of the room, which is the same in all. */
function inShort(data: string): string {
  const { roomId: _, ...rest } = JSON.parse(data) as Readonly<Record<string, unknown>>;
  return JSON.stringify(rest);
}

function Entry({
  entry: { at, type, data, isReadable, version, commandId, traceId },
}: {
  readonly entry: LogPartsFragment;
}) {
  const text = useTexts();
  return (
    <li>
      <details>
        <summary>
          <Time at={at} /> <strong>{type}</strong> <span className="soft">{version}</span>
          {!isReadable && <Tag tone="warm">{text('log.newer')}</Tag>}
          <span className="data">{inShort(data)}</span>
        </summary>
        <pre>{JSON.stringify(JSON.parse(data), null, 2)}</pre>
        <p className="hint">
          {text('log.command')} <code>{commandId}</code> · {text('log.trace')} <code>{traceId}</code>
        </p>
      </details>
    </li>
  );
}
