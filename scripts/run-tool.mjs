/** The operator's tool. Builds outdated parts first, with progress on stderr, so that its output stays clean. */
import { prepareOrExit, root } from './prepare.mjs';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

await prepareOrExit({ out: process.stderr });
await import(pathToFileURL(join(root, 'dist/cli/main.js')).href);
