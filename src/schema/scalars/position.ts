import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

const text = (value: unknown): string => {
  if (typeof value === 'string') return value;
  throw new GraphQLError('Position: hand back a `position` exactly as the API gave it, a string.');
};

/** Resolvers sign and open positions: they know what an unknown position means in their place. Here it is text. */
export const PositionScalar = new GraphQLScalarType<string, string>({
  name: 'Position',
  description: 'A place in the event log. Opaque: servers order positions, clients hand them back as they came.',
  serialize: text,
  parseValue: text,
  parseLiteral: (node) => text(node.kind === Kind.STRING ? node.value : null),
});
