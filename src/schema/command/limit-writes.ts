import { defaultFieldResolver } from 'graphql';
import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql';
import { handle as handleSchema } from '../../commands/text.js';
import type { RateLimitDecision } from '../../server/rate-limits/rate-limits.js';
import type { ApiContext } from '../context.js';
import { tooManyRequests } from '../errors.js';
import { requireViewer } from '../viewer.js';
import type { WriteLimitName } from './write-rates.js';
import { WRITE_LIMITS, isWriteLimit } from './write-rates.js';

type Resolve = GraphQLFieldResolver<unknown, ApiContext, Readonly<Record<string, unknown>>>;

/**
 * Puts its rate limit in front of every mutation, before any of its input is checked or appended. Each alias counts,
 * since each is a field that is resolved.
 * @throws where a mutation has no limit in the table
 */
export function limitWrites(schema: GraphQLSchema): GraphQLSchema {
  for (const [name, field] of Object.entries(schema.getMutationType()?.getFields() ?? {})) {
    if (!isWriteLimit(name)) throw new Error(`the mutation ${name} has no limit: give it one in write-rates.ts`);
    const resolve = (field.resolve ?? defaultFieldResolver) as Resolve;
    const limited: Resolve = async (source, args, context, info) => {
      await admit(name, args, context);
      return resolve(source, args, context, info);
    };
    field.resolve = limited;
  }
  return schema;
}

/** @throws UNAUTHENTICATED, TOO_MANY_REQUESTS */
async function admit(
  mutation: WriteLimitName,
  args: Readonly<Record<string, unknown>>,
  context: ApiContext,
): Promise<void> {
  await take(
    mutation,
    mutation,
    WRITE_LIMITS[mutation].by === 'address' ? context.clientAddress : requireViewer(context).userId,
    context,
  );
  const handle = mutation === 'signIn' ? handleSchema.safeParse(args.handle) : null;
  if (handle?.success) await take('signInHandle', mutation, handle.data, context);
}

async function take(
  limit: WriteLimitName,
  mutation: WriteLimitName,
  who: string,
  { services }: ApiContext,
): Promise<void> {
  const decision: RateLimitDecision = await services.writeLimits[limit].take(who);
  if (decision.granted) return;
  services.metrics.writesRefused.inc({ mutation });
  throw tooManyRequests(REFUSALS[WRITE_LIMITS[limit].by], decision.retryAfterMs);
}

const REFUSALS = {
  user: 'You send faster than one user may: send this again, with the same commandId, after `retryAfterMs`.',
  address: 'More sign in from your address than may: sign in again after `retryAfterMs`.',
  handle: 'This handle signs in more often than it may: sign in again after `retryAfterMs`.',
} as const;
