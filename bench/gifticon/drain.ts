import { performance } from 'node:perf_hooks';
import type { Deployment } from '../support/deployment.js';

export interface Point {
  /** Time since the beginning. */
  readonly ms: number;
  readonly perSecond: number;
}

const EVERY_MS = 100;
const DECIDED =
  'SELECT coalesce(sum(next_offset), 0)::float8 AS decided FROM command_checkpoints ' +
  "WHERE queue LIKE '%gifticon.requests'";

/** The number of requests decided since the deployment began. */
export const decided = async ({ pool }: Pick<Deployment, 'pool'>): Promise<number> =>
  (await pool.query<{ decided: number }>(DECIDED)).rows[0]!.decided;

/** Polls the decider's checkpoint ten times a second until it is stopped. */
export function watchDrain(deployment: Pick<Deployment, 'pool'>): { stop(): Promise<readonly Point[]> } {
  const points: Point[] = [];
  const begun = performance.now();
  let stopped = false;
  const watch = async (): Promise<void> => {
    let before = { at: begun, count: await decided(deployment) };
    while (!stopped) {
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
      const count = await decided(deployment);
      const at = performance.now();
      points.push({ ms: at - begun, perSecond: ((count - before.count) * 1_000) / (at - before.at) });
      before = { at, count };
    }
  };
  const watching = watch();
  // `stop` reports the failure; without this the process would report it instead of the scenario's own.
  watching.catch(() => undefined);
  return {
    async stop() {
      stopped = true;
      await watching;
      return points;
    },
  };
}
