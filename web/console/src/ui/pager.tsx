import { useMemo, useState } from 'react';
import { useTexts } from '../text/text.js';

/** Which page of a list is shown: the one behind `after`. */
export interface Place {
  readonly after: string | null;
  readonly isFirst: boolean;
  next(cursor: string): void;
  back(): void;
  first(): void;
}

export function usePlace(): Place {
  const [cursors, setCursors] = useState<readonly string[]>([]);
  return useMemo(
    () => ({
      after: cursors.at(-1) ?? null,
      isFirst: cursors.length === 0,
      next: (cursor) => setCursors([...cursors, cursor]),
      back: () => setCursors(cursors.slice(0, -1)),
      first: () => setCursors([]),
    }),
    [cursors],
  );
}

interface PagerProps {
  readonly place: Place;
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

export function Pager({ place, pageInfo: { hasNextPage, endCursor } }: PagerProps) {
  const text = useTexts();
  if (place.isFirst && !hasNextPage) return null;
  return (
    <div className="pager">
      <button disabled={place.isFirst} onClick={place.back}>
        {text('page.back')}
      </button>
      <button disabled={!hasNextPage || endCursor === null} onClick={() => place.next(endCursor!)}>
        {text('page.next')}
      </button>
    </div>
  );
}
