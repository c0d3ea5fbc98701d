import { Arg, Ctx, Extensions, Mutation, Query, Resolver } from 'type-graphql';
import { handle as handleSchema } from '../../commands/text.js';
import { RegistrationError } from './registration-error.js';
import type { RegisteredUser } from './registration.js';
import { isLogError } from '../../engine/log/command-log.js';
import type { ApiContext } from '../context.js';
import { badUserInput, forbidden, unavailable } from '../errors.js';
import { COMMAND_COMPLEXITY } from '../pagination/complexity.js';
import { VIEWER_DEPENDENT, requireViewer } from '../viewer.js';
import { SignInPayload, User } from './user.type.js';

@Resolver()
export class UserResolver {
  @Extensions(VIEWER_DEPENDENT)
  @Query(() => User, { description: 'The user of the token.' })
  async me(@Ctx() context: ApiContext): Promise<User> {
    const { userId, handle, name } = requireViewer(context);
    await context.loaders.reading.ownWrites();
    // A token may come before its user is registered; its claims are verified.
    const [known] = await context.services.queries.users.byIds([userId]);
    return known ?? { id: userId, handle, name };
  }

  @Mutation(() => SignInPayload, {
    complexity: COMMAND_COMPLEXITY,
    description:
      'For development: a token for a handle, which is registered if it is new. ' +
      'No password is asked for, so this is refused with ' +
      'FORBIDDEN where an identity provider signs people in.',
  })
  async signIn(
    @Arg('handle', () => String, {
      description: '1 to 30 letters, digits, "_", "." or "-", with a letter or digit first; any case.',
    })
    asked: string,
    @Ctx() context: ApiContext,
  ): Promise<SignInPayload> {
    const { tokens, registration } = context.services;
    if (!tokens) throw forbidden('Nobody signs in by handle here: bring a token of the identity provider.');
    const parsed = handleSchema.safeParse(asked);
    if (!parsed.success) throw badUserInput('handle', parsed.error.issues[0]!.message);
    const { id, handle, name } = await registered(registration.signIn(parsed.data, context.traceId));
    return { token: await tokens.issue({ userId: id, handle, name, roles: [] }), user: { id, handle, name } };
  }
}

async function registered(signingIn: Promise<RegisteredUser>): Promise<RegisteredUser> {
  try {
    return await signingIn;
  } catch (error) {
    if (error instanceof RegistrationError && error.code === 'HANDLE_RESERVED')
      throw badUserInput('handle', error.message);
    if (error instanceof RegistrationError && (error.code === 'UNAVAILABLE' || error.code === 'FAILED'))
      throw unavailable(error.message, undefined, { cause: error });
    if (isLogError(error, 'LOG_UNAVAILABLE'))
      throw unavailable('The command log is away: sign in again in a moment.', undefined, { cause: error });
    throw error;
  }
}
