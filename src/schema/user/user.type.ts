import { Field, ID, ObjectType } from 'type-graphql';

@ObjectType('User', {
  description: 'Someone who is known to Madang. Of a deleted account there is a stand-in.',
  simpleResolvers: true,
})
export class User {
  @Field(() => ID, { description: "The `sub` of the user's tokens." })
  id!: string;

  @Field(() => String, { description: 'Unique, in lower case: what one signs in with.' })
  handle!: string;

  @Field(() => String, { description: 'What others read. Many users may have the same.' })
  name!: string;
}

@ObjectType('SignInPayload', { simpleResolvers: true, description: 'The answer to `signIn`.' })
export class SignInPayload {
  @Field(() => String, { description: 'Send it as `Authorization: Bearer TOKEN`.' })
  token!: string;

  @Field(() => User, { description: 'Whom the token is for.' })
  user!: User;
}
