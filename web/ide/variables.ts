/** Whether a `roomId` is there that is worth sending. */
export function hasRoomId(variables: unknown): boolean {
  return typeof variables === 'object' && variables !== null && Boolean((variables as { roomId?: unknown }).roomId);
}

/** The text of the variables editor with an empty `roomId` filled in; null where there is nothing to fill. */
export function withRoomId(text: string, roomId: string, query: string): string | null {
  if (!/\$roomId\b/.test(query)) return null;
  if (text.trim() === '') return `${JSON.stringify({ roomId }, null, 2)}\n`;
  const filled = text.replace(/("roomId"\s*:\s*)(""|null)/, (_, key: string) => key + JSON.stringify(roomId));
  return filled === text ? null : filled;
}

/** The same, whichever `roomId` is there now. */
export function replaceRoomId(text: string, roomId: string, query: string): string | null {
  return withRoomId(text.replace(/("roomId"\s*:\s*)"[^"]*"/, '$1""'), roomId, query);
}

export const takesAfter = (query: string): boolean => /\$after\b/.test(query);

/** The text of the variables editor with `after` set; null where the text is no JSON object. */
export function withAfter(text: string, after: string): string | null {
  const inPlace = text.replace(/("after"\s*:\s*)(?:"[^"]*"|null)/, (_, key: string) => key + JSON.stringify(after));
  if (inPlace !== text) return inPlace;
  try {
    return `${JSON.stringify({ ...JSON.parse(text.trim() || '{}'), after }, null, 2)}\n`;
  } catch {
    return null;
  }
}
