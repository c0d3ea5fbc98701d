/**
 * Whether the lists in the variables of an operation have more items than `limit`, in all. Coercing an item takes
 * longer than reading it, and is done more than once: lists are counted before.
 */
export function tooManyItems(variables: Readonly<Record<string, unknown>> | null | undefined, limit: number): boolean {
  let items = 0;
  // No recursion: lists in lists are as deep as a request is long.
  const waiting: unknown[] = [variables];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== 'object' || value === null) continue;
    const within: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
    if (Array.isArray(value)) items += within.length;
    if (items > limit) return true;
    for (const each of within) if (typeof each === 'object') waiting.push(each);
  }
  return false;
}
