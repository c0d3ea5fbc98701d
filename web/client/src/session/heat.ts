import { ApolloLink } from '@apollo/client';
import { tap } from 'rxjs';
import { delay } from '../../../shared/session/delay.js';
import type { Store } from '../../../shared/session/store.js';
import { createStore } from '../../../shared/session/store.js';

interface HeatExtension {
  readonly roomId: string;
  readonly state: 'NORMAL' | 'HOT';
  readonly paceMs: number;
}

/** How far apart fetches from each room are to be, in milliseconds; a room that is not hot is missing. */
export type Paces = ReadonlyMap<string, number>;

export interface Heat {
  readonly paces: Store<Paces>;
  set(roomId: string, paceMs: number): void;
  /** Notes what answers say about their rooms. */
  readonly link: ApolloLink;
  /** Resolves when this client may fetch from the room again. */
  turn(roomId: string): Promise<void>;
}

export function createHeat(): Heat {
  const paces = createStore<Paces>(new Map());
  const next = new Map<string, number>();
  const set = (roomId: string, paceMs: number): void => {
    const before = paces.get();
    if ((before.get(roomId) ?? 0) === paceMs) return;
    const changed = new Map(before);
    if (paceMs > 0) changed.set(roomId, paceMs);
    else changed.delete(roomId);
    paces.set(changed);
  };
  return {
    paces,
    set,
    link: new ApolloLink((operation, forward) =>
      forward(operation).pipe(
        tap(({ extensions }) => {
          const heat = extensions?.['heat'] as HeatExtension | undefined;
          if (heat) set(heat.roomId, heat.state === 'HOT' ? heat.paceMs : 0);
        }),
      ),
    ),
    async turn(roomId) {
      const now = performance.now();
      const at = Math.max(now, next.get(roomId) ?? 0);
      const pace = paces.get().get(roomId) ?? 0;
      // Up to a quarter more at random: those who heard the same pace must not come back together.
      next.set(roomId, at + pace * (1 + Math.random() / 4));
      if (at > now) await delay(at - now);
    },
  };
}
