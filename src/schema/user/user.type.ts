import { Field, ID, ObjectType } from 'type-graphql';

@ObjectType('User', {
  description: 'A user of Madang. A placeholder stands for a deleted account.',
  simpleResolvers: true,
})
export class User {
  @Field(() => ID, { description: "The `sub` of the user's tokens." })
  id!: string;

  @Field(() => String, { description: 'Unique, in lower case: the name for signing in.' })
  handle!: string;

  @Field(() => String, { description: 'The display name. Many users may have the same.' })
  name!: string;
}

@ObjectType('SignInPayload', { simpleResolvers: true, description: 'The answer to `signIn`.' })
export class SignInPayload {
  @Field(() => String, { description: 'Send it as `Authorization: Bearer TOKEN`.' })
  token!: string;

  @Field(() => User, { description: 'The user of the token.' })
  user!: User;
}
