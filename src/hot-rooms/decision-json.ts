import { z } from 'zod';
import type { RoomId } from '../events/ids.js';
import type { HeatDecision, HeatOverride, HotRoom, RuledRoom } from './heat-store.js';

interface Body {
  readonly ruled: readonly (readonly [RoomId, RuledRoom])[];
  readonly hot: readonly HotRoom[];
  readonly counts: readonly (readonly [RoomId, number])[];
  readonly overrides: readonly HeatOverride[];
}

/** The latest time of a Date. */
const MAX_TIME = 8.64e15;
const time = z.number().min(0).max(MAX_TIME);
const amount = z.number().min(0);
const room = z.string().transform((id) => id as RoomId);

const body: z.ZodType<Body> = z.object({
  ruled: z.array(z.tuple([room, z.object({ until: time, paceMs: amount })])),
  hot: z.array(
    z.object({
      roomId: room,
      fetchesPerSecond: amount,
      paceMs: amount,
      until: time,
      by: z.enum(['counts', 'override']),
    }),
  ),
  counts: z.array(z.tuple([room, amount])),
  overrides: z.array(z.object({ roomId: room, state: z.enum(['HOT', 'NORMAL']), until: time })),
});

export const decisionText = ({ ruled, hot, counts, overrides }: HeatDecision): string =>
  JSON.stringify({ ruled: [...ruled], hot: [...hot.values()], counts: [...counts], overrides } satisfies Body);

/** Null for any other text: every client of the server can write one. */
export function decisionOfText(text: string): HeatDecision | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const { data } = body.safeParse(value);
  return data
    ? {
        ruled: new Map(data.ruled),
        hot: new Map(data.hot.map((each) => [each.roomId, each])),
        counts: new Map(data.counts),
        overrides: data.overrides,
      }
    : null;
}
