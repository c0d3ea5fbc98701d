import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

const text = (value: unknown): string => {
  if (typeof value === 'string') return value;
  throw new GraphQLError('Position: hand back a `position` exactly as the API gave it, a string.');
};

/** Sealed and opened by resolvers, which know what an unknown one means where it stands. Here it is text. */
export const PositionScalar = new GraphQLScalarType<string, string>({
  name: 'Position',
  description: 'A place in the event log. Opaque: servers order positions, clients hand them back as they came.',
  serialize: text,
  parseValue: text,
  parseLiteral: (node) => text(node.kind === Kind.STRING ? node.value : null),
});
