import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

const iso = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/;

function parse(value: unknown): Date {
  const date = typeof value === 'string' && iso.test(value) ? new Date(value) : null;
  if (date && !Number.isNaN(date.getTime())) return date;
  throw new GraphQLError('DateTime: send ISO 8601 with a time zone, such as 2026-01-31T12:00:00Z.');
}

export const DateTimeScalar = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  description: 'A moment as ISO 8601, in UTC with milliseconds: 2026-01-31T12:00:00.000Z.',
  serialize(value) {
    if (value instanceof Date) return value.toISOString();
    throw new TypeError(`not a Date: ${String(value)}`);
  },
  parseValue: parse,
  parseLiteral: (node) => parse(node.kind === Kind.STRING ? node.value : null),
});
