/**
 * Generates from `schema.graphql` the types for `@madang/client`, and the web client's operations with their types.
 * `--check` writes nothing, and fails where a file is out of date.
 */
import { codegen } from '@graphql-codegen/core';
import * as documentNodes from '@graphql-codegen/typed-document-node';
import * as schemaTypes from '@graphql-codegen/typescript';
import * as operationTypes from '@graphql-codegen/typescript-operations';
import { buildSchema, getNamedType, isLeafType, parse } from 'graphql';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import prettier from 'prettier';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const read = (path) => readFileSync(join(root, path), 'utf8');

const config = {
  scalars: { DateTime: 'string', Position: 'string', ID: 'string' },
  enumsAsTypes: true,
  enumType: 'string-literal',
  disableDescriptions: true,
  useTypeImports: true,
  immutableTypes: true,
  optimizeDocumentNode: true,
  avoidOptionals: { field: true },
  nonOptionalTypename: false,
};

const documentIn = (location) => ({ location, document: parse(read(location), { noLocation: true }) });
const operationsOf = (location) => ({
  plugins: { operationTypes, documentNodes },
  documents: ['web/shared/user.graphql', location].map(documentIn),
});

const files = {
  'packages/client/src/generated/schema.ts': { plugins: { schemaTypes }, documents: [] },
  'packages/client/src/generated/parts.ts': { make: clientParts },
  'web/shared/generated/operations.ts': operationsOf('web/shared/session.graphql'),
  'web/client/src/generated/operations.ts': operationsOf('web/client/operations.graphql'),
  'web/console/src/generated/operations.ts': operationsOf('web/console/operations.graphql'),
};

const list = (names) => names.map((name) => `'${name}'`).join(' | ');

/**
 * The commands and events of the schema for `@madang/client`: the input of each command, and each event of a room whose
 * own fields are all scalars. What a payload or an event has of objects is written by hand, as the client needs it.
 */
function clientParts(schema) {
  const mutations = Object.values(schema.getMutationType().getFields())
    .filter(({ name, args }) => !name.startsWith('admin') && args.some((arg) => arg.name === 'waitFor'))
    .map(({ name, args }) => ({ name, input: getNamedType(args.find((arg) => arg.name === 'input').type).name }));
  const shared = Object.keys(schema.getType('RoomEvent').getFields());
  const events = schema
    .getPossibleTypes(schema.getType('RoomEvent'))
    .map((type) => ({ name: type.name, fields: Object.values(type.getFields()) }))
    .map(({ name, fields }) => ({ name, fields: fields.filter((field) => !shared.includes(field.name)) }))
    .filter(({ fields }) => fields.every((field) => isLeafType(getNamedType(field.type))))
    .map(({ name, fields }) => ({ name, fields: fields.map((field) => field.name) }));
  return `import type * as Schema from './schema.js';

/** The input of each command. */
export interface Inputs {
  ${mutations.map(({ name, input }) => `${name}: Schema.${input};`).join('\n')}
}

/** The name of each input's type. */
export const INPUT_TYPES = {
  ${mutations.map(({ name, input }) => `${name}: '${input}',`).join('\n')}
} as const satisfies Readonly<Record<keyof Inputs, string>>;

/** The events of a room whose own fields are all scalars, with these fields. */
export interface PlainEvents {
  ${events.map(({ name, fields }) => `${name}: Pick<Schema.${name}, ${list(fields)}>;`).join('\n')}
}

export const PLAIN_EVENTS = \`
${events.map(({ name, fields }) => `  ... on ${name} { ${fields.join(' ')} }`).join('\n')}\`;
`;
}

async function generate(filename, { plugins, documents, make }) {
  const schema = read('schema.graphql');
  const text = make
    ? make(buildSchema(schema))
    : await codegen({
        filename,
        schema: parse(schema),
        schemaAst: buildSchema(schema),
        documents,
        config,
        plugins: Object.keys(plugins).map((name) => ({ [name]: {} })),
        pluginMap: plugins,
      });
  return prettier.format(`// Written by \`npm run codegen\`.\n${text}`, {
    ...(await prettier.resolveConfig(join(root, filename))),
    parser: 'typescript',
  });
}

let stale = 0;
for (const [filename, options] of Object.entries(files)) {
  const text = await generate(filename, options);
  const file = join(root, filename);
  if (!process.argv.includes('--check')) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } else if (text !== read(filename)) {
    process.stderr.write(`${filename} is not what schema.graphql and the operations make: run npm run codegen\n`);
    stale += 1;
  }
}
process.exitCode = stale === 0 ? 0 : 1;
