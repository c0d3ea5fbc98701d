export interface Edge<N> {
  readonly cursor: string;
  readonly node: N;
}

export interface Around {
  readonly hasPreviousPage: boolean;
  readonly hasNextPage: boolean;
}

/** A page in the shape of Relay's connections. */
export const connection = <N>(edges: readonly Edge<N>[], around: Around) => ({
  edges: [...edges],
  nodes: edges.map(({ node }) => node),
  pageInfo: { ...around, startCursor: edges[0]?.cursor ?? null, endCursor: edges.at(-1)?.cursor ?? null },
});
