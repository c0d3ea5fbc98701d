import { printSchema } from 'graphql';
import { buildApiSchema } from './build-schema.js';

/** The schema as clients' tools read it: what stands in `schema.graphql`. */
export const printApiSchema = (): string => `${printSchema(buildApiSchema())}\n`;
