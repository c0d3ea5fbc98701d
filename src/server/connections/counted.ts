export type Release = () => void;

/** How many there are of each key, up to a limit. */
export interface Counted {
  /** @returns what gives the place back, to be called any number of times; null where the limit is reached */
  take(key: string): Release | null;
}

export function createCounted(limit: number): Counted {
  const counts = new Map<string, number>();
  return {
    take(key) {
      const before = counts.get(key) ?? 0;
      if (before >= limit) return null;
      counts.set(key, before + 1);
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        const left = counts.get(key)! - 1;
        if (left === 0) counts.delete(key);
        else counts.set(key, left);
      };
    },
  };
}
