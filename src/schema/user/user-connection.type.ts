import { Field, Int, ObjectType } from 'type-graphql';
import { PageInfo } from '../pagination/page-info.type.js';
import { User } from './user.type.js';

@ObjectType('UserEdge', { description: 'A user in a list, with its place there.', simpleResolvers: true })
export class UserEdge {
  @Field(() => String, { description: 'The place in the list: an `after`.' })
  cursor!: string;

  @Field(() => User, { description: 'The user.' })
  node!: User;
}

@ObjectType('UserConnection', { description: 'A page of users.', simpleResolvers: true })
export class UserConnection {
  @Field(() => [UserEdge], { description: 'The users with their places.' })
  edges!: UserEdge[];

  @Field(() => [User], { description: 'The users alone.' })
  nodes!: User[];

  @Field(() => PageInfo, { description: 'What lies around the page.' })
  pageInfo!: PageInfo;

  @Field(() => Int, { description: 'The number of users in the whole list.' })
  totalCount!: number;
}
