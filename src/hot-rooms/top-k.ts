import type { RoomId } from '../events/ids.js';

/** Larger counts are taken for equal. */
const LEVELS = 1_024;

/** The `limit` rooms with the highest counts, unordered. Linear in the number of rooms: nothing is sorted. */
export function topK(counts: ReadonlyMap<RoomId, number>, limit: number): readonly (readonly [RoomId, number])[] {
  if (counts.size <= limit) return [...counts];
  const rooms = new Uint32Array(LEVELS + 1);
  const levelOf = (count: number): number => Math.min(count, LEVELS);
  for (const count of counts.values()) rooms[levelOf(count)]!++;
  let level = LEVELS;
  let above = 0;
  while (above + rooms[level]! < limit) above += rooms[level--]!;
  let room = limit - above;
  const picked: (readonly [RoomId, number])[] = [];
  for (const entry of counts) {
    const at = levelOf(entry[1]);
    if (at > level || (at === level && room-- > 0)) picked.push(entry);
  }
  return picked;
}
