import { writeFile } from 'node:fs/promises';
import { printApiSchema } from './print.js';

// `npm run schema`: writes `schema.graphql` anew after a change to the API.
await writeFile(new URL('../../schema.graphql', import.meta.url), printApiSchema());
