export type Release = () => void;

/** Counts per key, up to a limit. */
export interface Counted {
  /** @returns releases the place, idempotent; null at the limit */
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
