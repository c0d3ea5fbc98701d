/** The operator's tool. Builds first what is out of date, and says so on stderr, so that its output stays clean. */
import { prepareOrExit, root } from './prepare.mjs';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

await prepareOrExit({ out: process.stderr });
await import(pathToFileURL(join(root, 'dist/cli/main.js')).href);
