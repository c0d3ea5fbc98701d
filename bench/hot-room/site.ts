import type { MadangProcess } from '../../test/support/madang.js';
import type { Deployment } from '../support/deployment.js';

/** Processes of the built program: one that decides, projects and detects hot rooms, and two that serve. */
export interface Site extends AsyncDisposable {
  readonly urls: readonly string[];
}

const WORKER = 'decider,projector,heat';
const ROLES = [WORKER, 'api', 'api'];

/** @param enter fetches a second above which a room turns hot */
export async function startSite(deployment: Deployment, enter: number): Promise<Site> {
  const started: MadangProcess[] = [];
  const stop = async (): Promise<void> => void (await Promise.all(started.map((each) => each.stop())));
  try {
    for (const roles of ROLES) started.push(await deployment.start(roles, { HOT_ROOM_ENTER: String(enter) }));
  } catch (error) {
    await stop();
    throw error;
  }
  return { urls: started.slice(1).map(({ url }) => url), [Symbol.asyncDispose]: stop };
}

/** The process that decides and projects, alone. */
export const startWorker = (deployment: Deployment): Promise<MadangProcess> => deployment.start(WORKER);
