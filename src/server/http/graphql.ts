import { createPerTickLimiter } from '../../engine/runtime/per-tick-limiter.js';
import type { ServedOptions } from '../options.js';
import { answerError, answerErrors, identify, refusal } from '../request-scope.js';
import type { RequestScope } from '../request-scope.js';
import { answer } from './answer.js';
import type { Apollo } from './apollo.js';
import { isShareable } from './shareable-fields.js';
import { createFastPath } from './fast-path.js';
import type { UnreadableBody } from './read-body.js';
import { isUnreadable, readBody } from './read-body.js';

/** A few milliseconds of work: a burst of thousands must not block the sockets for seconds. */
const OF_BURSTS_PER_TURN = 16;

/** POST /graphql: body, document, client, execution, answer. Rejects with the error that refuses the whole request. */
export function createGraphQL(options: ServedOptions, apollo: Apollo): (scope: RequestScope) => Promise<void> {
  const { schema, documents } = options;
  const fastPath = options.shared && createFastPath(options.shared, options);
  const bursts = createPerTickLimiter(OF_BURSTS_PER_TURN);

  return async (scope) => {
    const { response, headers } = scope;
    const body = await readBody(scope.request);
    const sent = body && !isUnreadable(body) ? withoutEmptyName(body.value) : undefined;
    const found = typeof sent?.query === 'string' && sent.query !== '' ? documents.get(sent.query) : null;
    const document = found && 'definitions' in found ? found : null;
    if (document && isShareable(schema, document, sent!.operationName)) await bursts.enter();

    const viewer = await identify(scope, options);
    if (isUnreadable(body)) return answerUnreadable(scope, body);
    if (found && !('definitions' in found)) return answerErrors(scope, found, 400);

    const shared = body && fastPath && (await fastPath(body, viewer, scope));
    if (shared) return answer(response, 200, shared.type, shared.json, headers);

    const { status, type, json } = await apollo.answer({ scope, viewer, body: sent, document });
    answer(response, status, type, json, headers);
  };
}

/** A client's body: any JSON may be in these fields. */
interface Sent {
  readonly query?: unknown;
  readonly operationName?: unknown;
}

/** No operation has an empty name: clients that fill in every field mean null by it. */
const withoutEmptyName = (body: Sent): Sent => (body.operationName === '' ? { ...body, operationName: null } : body);

export const answerUnreadable = (scope: RequestScope, { status, message }: UnreadableBody): void =>
  answerError(scope, refusal(status === 413 ? 'PAYLOAD_TOO_LARGE' : 'BAD_USER_INPUT', message), status);
