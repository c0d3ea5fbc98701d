import type { ExecutionArgs, ExecutionResult } from 'graphql';
import { execute } from 'graphql';
import type { TraceId } from '../engine/domain/ids.js';
import type { ErrorCode } from '../server/errors/error-codes.js';
import { formatError } from '../server/errors/format-error.js';
import { boundedAnswer } from '../server/limits/answer-bytes.js';
import { requestContext, sharedContext } from './context-factory.js';
import type { ApiContext } from './context.js';
import { requireViewer } from './viewer.js';

/** Executes one selection for a whole group of subscribers. */
export interface SharedExecution {
  execute(rootValue: unknown, traceId: TraceId): Promise<ExecutionResult>;
  /**
   * As JSON, within the bound of an answer, with its errors as clients see them.
   * @throws a transient failure: it must not become the only result that subscribers ever get
   */
  serialise(executed: ExecutionResult, traceId: TraceId): string;
}

/**
 * It outlives the subscriber that made it, so it keeps nothing of the subscriber apart from the content of the group's
 * key.
 */
export function sharedExecution(
  { schema, document, operationName, variableValues }: ExecutionArgs,
  context: ApiContext,
  viewerDependent: boolean,
): SharedExecution {
  const { services, logger } = context;
  const viewer = viewerDependent ? requireViewer(context) : null;
  const never = new AbortController().signal;

  return {
    async execute(rootValue, traceId) {
      services.metrics.groupExecutions.inc();
      const parts = { traceId, logger, signal: never };
      return execute({
        schema,
        document,
        operationName,
        variableValues,
        rootValue,
        contextValue: viewer ? requestContext(services, { ...parts, viewer }) : sharedContext(services, parts),
      });
    },
    serialise(executed, traceId) {
      const { errors, ...result } = boundedAnswer(executed, services.answerBytes, () =>
        services.metrics.answersRefused.inc(),
      );
      if (!errors) return JSON.stringify(result);
      // Counted once for all subscribers who share it.
      const countError = (code: ErrorCode): void =>
        services.metrics.graphqlErrors.inc({ code, transport: 'subscription' });
      const formatted = errors.map((error) =>
        formatError(error, { traceId, logger, isTransient: services.isTransient, countError }),
      );
      const passing = formatted.findIndex(({ extensions }) => extensions?.code === 'UNAVAILABLE');
      if (passing >= 0) throw errors[passing]!.originalError ?? errors[passing]!;
      return JSON.stringify({ errors: formatted, ...result });
    },
  };
}
