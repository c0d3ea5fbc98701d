import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

const iso = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?(?:Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** Null for text in another format, and for a date that does not exist: Date would turn it into another one. */
export function parseDateTime(text: string): Date | null {
  const [matched, ...fields] = iso.exec(text) ?? [];
  if (matched === undefined) return null;
  const [year, month, day, hour, minute, second] = fields.map((field) => Number(field ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month) || hour > 23 || minute > 59 || second > 59)
    return null;
  const date = new Date(text);
  // The offset may lead outside the years of four digits, and all dates are written with four.
  return date.getUTCFullYear() >= 1 && date.getUTCFullYear() <= 9999 ? date : null;
}

const daysOf = (year: number, month: number): number =>
  month === 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

function parse(value: unknown): Date {
  const date = typeof value === 'string' ? parseDateTime(value) : null;
  if (date) return date;
  throw new GraphQLError(
    'DateTime: send a moment that there is, as ISO 8601 with a time zone, such as 2026-01-31T12:00:00Z.',
  );
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
