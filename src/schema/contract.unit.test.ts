import { readFile } from 'node:fs/promises';
import type { GraphQLArgument, GraphQLInputField, GraphQLNamedType } from 'graphql';
import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  isSpecifiedScalarType,
} from 'graphql';
import { buildApiSchema } from './build-schema.js';

// Clients are written against the fixed names: our schema has every name of test/support/fixed-api.graphql, with the
// same type.

const fixed = buildSchema(await readFile(new URL('../../test/support/fixed-api.graphql', import.meta.url), 'utf8'));
const ours = buildApiSchema();

/**
 * The names and types that a client can rely on, a line each: `Type`, `Type.field: T!`, `Type.field(arg: T = default)`,
 * `Enum.VALUE`.
 */
function linesOf(type: GraphQLNamedType): readonly string[] {
  const { name } = type;
  const input = (of: GraphQLArgument | GraphQLInputField): string =>
    `${String(of.type)}${of.defaultValue === undefined ? '' : ` = ${JSON.stringify(of.defaultValue)}`}`;
  if (isEnumType(type)) return [name, ...type.getValues().map((value) => `${name}.${value.name}`)];
  if (isInputObjectType(type))
    return [name, ...Object.values(type.getFields()).map((field) => `${name}.${field.name}: ${input(field)}`)];
  if (!isObjectType(type) && !isInterfaceType(type)) return [name];
  return [
    name,
    ...type.getInterfaces().map((implemented) => `${name} implements ${implemented.name}`),
    ...Object.values(type.getFields()).flatMap((field) => [
      `${name}.${field.name}: ${String(field.type)}`,
      ...field.args.map((arg) => `${name}.${field.name}(${arg.name}: ${input(arg)})`),
    ]),
  ];
}

const own = (type: GraphQLNamedType): boolean => !isIntrospectionType(type) && !isSpecifiedScalarType(type);
const lines = (of: typeof ours): readonly string[] => Object.values(of.getTypeMap()).filter(own).flatMap(linesOf);
const served = new Set(lines(ours));

test('every name of the fixed API is served, with its type, nullability and default', () => {
  expect(lines(fixed).filter((line) => !served.has(line))).toEqual([]);
});

test('every type is of the same kind', () => {
  const kind = (type: GraphQLNamedType | undefined) => type?.constructor.name;
  const differing = Object.values(fixed.getTypeMap()).filter((type) => kind(type) !== kind(ours.getType(type.name)));
  expect(differing.map((type) => type.name)).toEqual([]);
});

test('nothing that a client of the fixed API leaves out is required', () => {
  const required = Object.values(ours.getTypeMap())
    .filter(own)
    .flatMap((type) => {
      if (isInputObjectType(type))
        return Object.values(type.getFields())
          .filter(isRequiredInputField)
          .map((field) => `${type.name}.${field.name}: ${String(field.type)}`);
      if (!isObjectType(type)) return [];
      // A field that the fixed API does not have is not asked for by its clients.
      const known = (fixed.getType(type.name) as typeof type | undefined)?.getFields() ?? {};
      return Object.values(type.getFields())
        .filter(({ name }) => name in known)
        .flatMap((field) =>
          field.args
            .filter(isRequiredArgument)
            .map((arg) => `${type.name}.${field.name}(${arg.name}: ${String(arg.type)})`),
        );
    });
  const inFixed = new Set(lines(fixed));
  expect(required.filter((line) => fixed.getType(line.slice(0, line.indexOf('.'))) && !inFixed.has(line))).toEqual([]);
});

test('everything has a description', () => {
  const bare = Object.values(ours.getTypeMap())
    .filter(own)
    .flatMap((type) => {
      const root = [ours.getQueryType(), ours.getMutationType(), ours.getSubscriptionType()].includes(type as never);
      const parts: { readonly name: string; readonly description?: string | null | undefined }[] = root ? [] : [type];
      if (isEnumType(type)) parts.push(...type.getValues());
      if (isInputObjectType(type)) parts.push(...Object.values(type.getFields()));
      if (isObjectType(type) || isInterfaceType(type))
        for (const field of Object.values(type.getFields())) parts.push(field, ...field.args);
      return parts.filter((part) => !part.description).map((part) => `${type.name}: ${part.name}`);
    });
  expect(bare).toEqual([]);
});
