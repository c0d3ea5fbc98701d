import type { ExecutionResult } from 'graphql';
import { graphql } from 'graphql';
import { pino } from 'pino';
import { traceId, userId } from '../../src/engine/domain/ids.js';
import { createCursorSigner } from '../../src/engine/gateway/signed-cursor.js';
import type { Identity, Role } from '../../src/server/identity/identity.js';
import { createLogEpochs } from '../../src/engine/log/known-epochs.js';
import { createMetrics } from '../../src/metrics.js';
import { unlimited } from '../../src/server/rate-limits/local-limit.js';
import { buildApiSchema } from '../../src/schema/build-schema.js';
import type { ApiContext } from '../../src/schema/context.js';
import { requestContext } from '../../src/schema/context-factory.js';
import { WRITE_LIMITS } from '../../src/schema/command/write-rates.js';
import type { ApiServices } from '../../src/schema/services.js';

// The schema without a server around it.

export const schema = buildApiSchema();
export const cursorSigner = createCursorSigner(Buffer.alloc(32, 1));

/** Every rate limit is off. */
const UNLIMITED = Object.fromEntries(Object.keys(WRITE_LIMITS).map((name) => [name, unlimited]));

export const someone = (id: string, roles: readonly Role[] = []): Identity => ({
  userId: userId(id),
  handle: id,
  name: id,
  roles,
  expiresAt: new Date(8e15),
});

export interface Asked {
  readonly viewer: Identity | null;
  /** The process has no other services: an operation that needs more fails. */
  readonly services?: { readonly [S in keyof ApiServices]?: Partial<ApiServices[S]> };
  readonly variables?: Readonly<Record<string, unknown>>;
}

export function contextOf(
  { viewer, services = {} }: Asked,
  signal: AbortSignal = new AbortController().signal,
): ApiContext {
  const given = {
    cursorSigner,
    writeLimits: UNLIMITED,
    epochs: createLogEpochs(),
    metrics: createMetrics(),
    partitions: 6,
    commandWaitMs: 5_000,
    answerBytes: 4 << 20,
    ...services,
  };
  return requestContext(given as unknown as ApiServices, {
    viewer,
    traceId: traceId('0'),
    logger: pino({ level: 'silent' }),
    signal,
  });
}

export const ask = (source: string, asked: Asked): Promise<ExecutionResult> =>
  graphql({ schema, source, variableValues: asked.variables ?? {}, contextValue: contextOf(asked) });

/** The first error's code; undefined where there is none. */
export const codeOf = ({ errors }: ExecutionResult): unknown => errors?.[0]?.extensions.code;
