import { Field, ObjectType } from 'type-graphql';

@ObjectType('PageInfo', {
  description: 'Whether the list continues around a page, and with which cursors.',
  simpleResolvers: true,
})
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether the list goes on after the last edge of this page.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether the list has edges before the first edge of this page.' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the first edge; null on an empty page.' })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'Cursor of the last edge; null on an empty page.' })
  endCursor!: string | null;
}
