import { Field, ObjectType } from 'type-graphql';
import type { ClassType } from 'type-graphql';
import { PageInfo } from '../pagination/page-info.type.js';

/** The types of one list of the console: `NAMEEdge` and `NAMEConnection`. */
export function connectionType<N extends object>(
  name: string,
  node: () => ClassType<N>,
  description: string,
): ClassType<{ edges: { cursor: string; node: N }[]; nodes: N[]; pageInfo: PageInfo }> {
  @ObjectType(`${name}Edge`, { description: 'An entry of the list, with its place there.', simpleResolvers: true })
  class Edge {
    @Field(() => String, { description: 'The place in the list: an `after`.' })
    cursor!: string;

    @Field(node, { description: 'The entry.' })
    node!: N;
  }

  @ObjectType(`${name}Connection`, { description, simpleResolvers: true })
  class Connection {
    @Field(() => [Edge], { description: 'The entries with their places.' })
    edges!: Edge[];

    @Field(() => [node()], { description: 'The entries alone.' })
    nodes!: N[];

    @Field(() => PageInfo, { description: 'What lies around the page.' })
    pageInfo!: PageInfo;
  }
  return Connection;
}
