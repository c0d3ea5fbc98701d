import { useEffect, useMemo, useRef, useState } from 'react';
import type { RefObject } from 'react';

/** So long after a wheel, a finger or a key, a scroll is the user's. */
const INTENT_MS = 400;
const INTENTS = ['wheel', 'touchmove', 'keydown', 'pointerdown'] as const;

export interface Sticking {
  /** Whether the view stays at the newest message: until the user scrolls away from it, and again from there. */
  readonly sticks: boolean;
  /** The same between two drawings. */
  readonly now: () => boolean;
  /** The list says whether its end is in view, which a burst of messages changes as well as the user does. */
  readonly atBottom: (is: boolean) => void;
  readonly stick: () => void;
}

export function useSticking(area: RefObject<HTMLElement | null>, atFirst: boolean): Sticking {
  const [sticks, setSticks] = useState(atFirst);
  const current = useRef(atFirst);
  const intent = useRef(-Infinity);
  useEffect(() => {
    const element = area.current!;
    const note = (): void => void (intent.current = performance.now());
    for (const name of INTENTS) element.addEventListener(name, note, { passive: true });
    return () => INTENTS.forEach((name) => element.removeEventListener(name, note));
  }, [area]);
  const moves = useMemo(() => {
    const set = (next: boolean): void => {
      current.current = next;
      setSticks(next);
    };
    return {
      now: () => current.current,
      atBottom(is: boolean) {
        if (is || performance.now() - intent.current < INTENT_MS) set(is);
      },
      stick: () => set(true),
    };
  }, []);
  return { sticks, ...moves };
}
