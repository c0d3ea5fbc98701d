import { Kind, isObjectType, parse, print, printSchema } from 'graphql';
import { buildApiSchema } from './build-schema.js';

/** The text of `schema.graphql`, with the directives on fields, which graphql-js leaves out. */
export function printApiSchema(): string {
  const schema = buildApiSchema();
  const text = printSchema(schema);
  const parts: string[] = [];
  let from = 0;
  for (const definition of parse(text).definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
    const type = schema.getType(definition.name.value);
    for (const { name, loc } of definition.fields ?? []) {
      const directives = isObjectType(type) ? (type.getFields()[name.value]?.astNode?.directives ?? []) : [];
      if (directives.length === 0) continue;
      parts.push(text.slice(from, loc!.end), ...directives.map((directive) => ` ${print(directive)}`));
      from = loc!.end;
    }
  }
  return `${parts.join('')}${text.slice(from)}\n`;
}
