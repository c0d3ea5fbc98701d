import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isUnionType,
  isWrappingType,
} from 'graphql';
import type { GraphQLSchema, GraphQLType } from 'graphql';
import type { ComplexityEstimator } from 'graphql-query-complexity';

/**
 * The cost of a value of introspection, relative to an ordinary field: it reads nothing and waits for nothing, but
 * occupies the process until the answer is made. The introspection of an IDE takes about a quarter of the limit of one
 * operation.
 */
const VALUE_COST = 0.05;

/**
 * Counts the values of introspection: lists multiply the fields below them by their average length in this schema, and
 * `ofType` by the share of types that wrap another one. An IDE asks for `ofType` nine levels deep, and most are null:
 * counted as if they were not, its question came near the limit as the schema grew.
 */
export function introspectionEstimator(schema: GraphQLSchema): ComplexityEstimator {
  const lengths = lengthsOf(schema);
  return ({ type, field, childComplexity }) => {
    if (!isIntrospectionType(type)) return undefined;
    return VALUE_COST + (lengths[field.name] ?? 1) * childComplexity;
  };
}

function lengthsOf(schema: GraphQLSchema): Readonly<Record<string, number>> {
  const types = Object.values(schema.getTypeMap());
  const directives = schema.getDirectives();
  const withFields = types.filter((type) => isObjectType(type) || isInterfaceType(type));
  const fields = withFields.map((type) => Object.values(type.getFields()));
  const args = [...fields.flat(), ...directives].flatMap((field) => [...field.args]);
  const inputFields = types.filter(isInputObjectType).flatMap((type) => Object.values(type.getFields()));
  return {
    types: types.length,
    ofType: wrappedShare([...fields.flat(), ...args, ...inputFields].map(({ type }) => type)),
    directives: directives.length,
    locations: average(directives.map(({ locations }) => locations.length)),
    fields: average(fields.map(({ length }) => length)),
    args: average([...fields.flat(), ...directives].map(({ args }) => args.length)),
    inputFields: average(types.filter(isInputObjectType).map((type) => Object.keys(type.getFields()).length)),
    enumValues: average(types.filter(isEnumType).map((type) => type.getValues().length)),
    interfaces: average(withFields.map((type) => type.getInterfaces().length)),
    possibleTypes: average(
      types
        .filter((type) => isInterfaceType(type) || isUnionType(type))
        .map((type) => schema.getPossibleTypes(type).length),
    ),
  };
}

/** At least 1: a list that is short on average may be long. */
const average = (lengths: readonly number[]): number =>
  Math.max(1, lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, lengths.length));

/** Of types and of what they wrap: the share that wraps another type, as `!` and `[]` do. */
function wrappedShare(types: readonly GraphQLType[]): number {
  const wrappings = types.reduce((sum, type) => sum + depthOf(type), 0);
  return wrappings / (wrappings + types.length);
}

const depthOf = (type: GraphQLType): number => (isWrappingType(type) ? 1 + depthOf(type.ofType as GraphQLType) : 0);
