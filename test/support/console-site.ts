import pg from 'pg';
import type { WireAction } from './console.js';
import { ACTION, adminQuery } from './console.js';
import type { Deployment } from './deployment.js';
import { openDeployment } from './deployment.js';
import { asAdmin, through } from './gifticons.js';
import type { MadangProcess } from './madang.js';
import type { WireUser } from './wire.js';
import { commanded, signInOnWire } from './wire.js';

/** Two processes of one deployment: `all` has every role, `api` serves alone. */
export interface ConsoleSite extends AsyncDisposable {
  readonly deployment: Deployment;
  readonly all: MadangProcess;
  readonly api: MadangProcess;
  readonly pool: pg.Pool;
  readonly mina: WireUser;
  /** Through the process that has no other role. */
  readonly admin: WireUser;
  /** A room with these messages, in every read model. */
  room(title: string, ...bodies: readonly string[]): Promise<string>;
  /** The last action on a target. */
  newest(target: string): Promise<WireAction>;
  /** Starts `all` again, after a stop. */
  restart(): Promise<void>;
}

export async function openConsoleSite(): Promise<ConsoleSite> {
  const deployment = await openDeployment('embedded');
  let all = await deployment.start();
  const api = await deployment.start({ MADANG_ROLES: 'api' });
  const pool = new pg.Pool({ connectionString: deployment.env.DATABASE_URL!, max: 2 });
  let mina = await signInOnWire(all.url, 'mina');
  const admin = await asAdmin(deployment, await signInOnWire(api.url, 'boss'));
  return {
    deployment,
    get all() {
      return all;
    },
    api,
    pool,
    get mina() {
      return mina;
    },
    admin,
    async room(title, ...bodies) {
      const roomId = (await commanded(mina, 'createRoom', { title }, 'PROJECTED')).room!.id;
      for (const body of bodies) await commanded(mina, 'sendMessage', { roomId, body }, 'PROJECTED');
      return roomId;
    },
    async newest(target) {
      const { actions } = await adminQuery<{ actions: { nodes: WireAction[] } }>(
        admin,
        `actions(target: $target, first: 1) { nodes { ${ACTION} } }`,
        { target },
        '($target: String!)',
      );
      return actions.nodes[0]!;
    },
    async restart() {
      all = await deployment.start();
      mina = through(all.url, mina);
    },
    async [Symbol.asyncDispose]() {
      await pool.end();
      await api.stop();
      await all.stop();
      await deployment[Symbol.asyncDispose]();
    },
  };
}
