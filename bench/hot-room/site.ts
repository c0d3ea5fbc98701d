import type { MadangProcess } from '../../test/support/madang.js';
import type { Deployment } from '../support/deployment.js';
import { POLITE } from '../support/deployment.js';

/** Processes of the built program: one that decides and watches the heat, two that serve, and one that projects with what they leave of the processor. */
export interface Site extends AsyncDisposable {
  readonly urls: readonly string[];
}

const ROLES = ['api', 'api', 'decider,heat'];

/** @param enter fetches a second above which a room turns hot */
export async function startSite(deployment: Deployment, enter: number): Promise<Site> {
  const started: MadangProcess[] = [];
  const stop = async (): Promise<void> => void (await Promise.all(started.map((each) => each.stop())));
  try {
    for (const roles of ROLES) started.push(await deployment.start(roles, { HOT_ROOM_ENTER: String(enter) }));
    started.push(await deployment.start('projector', POLITE));
  } catch (error) {
    await stop();
    throw error;
  }
  return { urls: started.slice(0, 2).map(({ url }) => url), [Symbol.asyncDispose]: stop };
}

/** The one that decides and projects, alone. */
export const startWorker = (deployment: Deployment): Promise<MadangProcess> => deployment.start('decider,projector,heat');
