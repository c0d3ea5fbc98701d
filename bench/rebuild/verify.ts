import type { Deployment } from '../support/deployment.js';
import { madang } from './operator.js';

export interface Verified {
  /** Seconds for all read models, equal as they are. */
  readonly seconds: number;
  readonly peakMb: number;
  readonly equal: boolean;
  readonly found: string;
}

export async function verifyAll(deployment: Deployment): Promise<Verified> {
  const { seconds, peakMb, json, code } = await madang<unknown>(deployment, ['projections', 'verify', '--all'], [0, 1]);
  return { seconds, peakMb, equal: code === 0, found: JSON.stringify(json).slice(0, 200) };
}
