import type { DocumentNode, FormattedExecutionResult } from 'graphql';
import { formatError } from '../errors/format-error.js';
import type { Identity } from '../identity/identity.js';
import { createOperations, formatResult, isErrors, isSubscription } from '../operations.js';
import type { OperationParams } from '../operations.js';
import type { ServedOptions } from '../options.js';
import { operationRequest, refusal, statusOf } from '../request-scope.js';
import type { RequestScope } from '../request-scope.js';

/** A request with its body read and its client known. */
export interface HttpOperation {
  readonly scope: RequestScope;
  readonly viewer: Identity | null;
  /** Any JSON value; undefined without JSON. */
  readonly body: unknown;
  /** The document of the body's `query`, if it has one. */
  readonly document: DocumentNode | null;
}

export interface HttpAnswer {
  readonly status: number;
  readonly type: string;
  readonly json: string;
}

/** The result of an operation, and the HTTP status where it is not 200. Never rejects. */
export type Execution = (
  operation: HttpOperation,
  params: OperationParams,
) => Promise<readonly [FormattedExecutionResult, status?: number]>;

export function createExecution(options: ServedOptions): Execution {
  const operations = createOperations(options, 'http');

  const execute: Execution = async ({ scope, viewer, document }, params) => {
    if (document && isSubscription({ document, operationName: params.operationName }))
      return [formatResult({ errors: [noSubscriptions()] }, scope), 400];
    const prepared = await operations.prepare(params, operationRequest(scope, viewer, options));
    if (isErrors(prepared)) {
      const refused = formatResult({ errors: prepared }, scope);
      return [refused, statusOf(refused.errors!, 400)];
    }
    const executed = await operations.execute(prepared);
    // Without any data nothing was executed: the operation itself was refused.
    return executed.data === undefined ? [formatResult(executed, scope), 400] : [formatResult(executed, scope)];
  };

  return async (operation, params) => {
    try {
      return await execute(operation, params);
    } catch (error) {
      return [{ errors: [formatError(error, operation.scope)] }, 500];
    }
  };
}

const noSubscriptions = () =>
  refusal('BAD_USER_INPUT', 'Subscriptions are not served here: use the WebSocket /graphql, or POST /graphql/stream.');
