import type { Deployment } from './deployment.js';
import { openDeployment } from './deployment.js';
import type { MadangProcess } from './madang.js';
import type { WireUser } from './wire.js';
import { commanded, signInOnWire } from './wire.js';

/** Two processes of one deployment, without a limit on sending. */
export interface ContractSite extends AsyncDisposable {
  readonly deployment: Deployment;
  readonly first: MadangProcess;
  readonly second: MadangProcess;
  /** @param url default: the first process */
  newUser(url?: string): Promise<WireUser>;
  newRoom(owner: WireUser): Promise<string>;
}

const ENV = { LOG_LEVEL: 'debug', SEND_LIMIT_PER_SECOND: '0' };

export async function openContractSite(): Promise<ContractSite> {
  const deployment = await openDeployment('embedded');
  const first = await deployment.start(ENV);
  const second = await deployment.start(ENV);
  let users = 0;
  return {
    deployment,
    first,
    second,
    newUser: (url = first.url) => signInOnWire(url, `user${++users}`),
    newRoom: async (owner) => (await commanded(owner, 'createRoom', { title: '마당' }, 'PROJECTED')).room!.id,
    async [Symbol.asyncDispose]() {
      await Promise.all([first.stop(), second.stop()]);
      await deployment[Symbol.asyncDispose]();
    },
  };
}
