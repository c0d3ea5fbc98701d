import { InMemoryCache } from '@apollo/client';
import type { Connection } from '../../../shared/session/connection.js';
import { connect } from '../../../shared/session/connection.js';
import type { Tokens } from '../../../shared/session/tokens.js';

/** Everything below `admin` is one object; what has no `id` is told apart by its name. */
const createCache = (): InMemoryCache =>
  new InMemoryCache({
    typePolicies: {
      AdminQuery: { keyFields: [] },
      AdminReadModel: { keyFields: ['name'] },
      AdminAction: { keyFields: ['commandId'] },
      AdminProcesses: { keyFields: [] },
    },
  });

export const openConsole = (tokens: Tokens, signedOut: () => void): Connection =>
  connect(tokens, signedOut, { cache: createCache() });
