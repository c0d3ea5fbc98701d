import type { RoomHeat } from '../../hot-rooms/heat.js';
import type { ApiContext } from '../context.js';

/** `extensions.heat` of an answer from a hot room: how the client should behave. Times are ISO 8601. */
export const heatExtension = ({ roomId, state, paceMs, until }: RoomHeat) => ({
  roomId,
  state,
  paceMs,
  until: until?.toISOString() ?? null,
});

/**
 * The extensions of an answer, about the slowest of the hot rooms that it came from. Undefined where no room was hot.
 */
export function answerExtensions({
  hotRooms,
  services,
}: ApiContext): { readonly heat: ReturnType<typeof heatExtension> } | undefined {
  const [slowest] = Array.from(hotRooms, (roomId) => services.heat.of(roomId)).sort((a, b) => b.paceMs - a.paceMs);
  return slowest && { heat: heatExtension(slowest) };
}
