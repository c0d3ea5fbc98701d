import type { Madang } from '@madang/client';
import { createMadang } from '@madang/client';
import { overApollo } from '@madang/client/apollo';
import type { Connection } from '../../../shared/session/connection.js';
import { connect } from '../../../shared/session/connection.js';
import type { Tokens } from '../../../shared/session/tokens.js';
import type { Outbox } from '../room/outbox.js';
import { createOutbox } from '../room/outbox.js';
import { createCache } from './cache.js';
import type { Heat } from './heat.js';
import { createHeat } from './heat.js';

/** Everything that talks to the server for one signed-in user. */
export interface Api extends Connection {
  readonly madang: Madang;
  readonly heat: Heat;
  readonly outbox: Outbox;
}

export function openApi(tokens: Tokens, signedOut: () => void): Api {
  const heat = createHeat();
  const connection = connect(tokens, signedOut, { cache: createCache(), links: [heat.link] });
  const madang = createMadang(overApollo(connection.apollo));
  return { ...connection, madang, heat, outbox: createOutbox({ madang, connected: connection.connected }) };
}
