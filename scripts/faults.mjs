/**
 * `npm run faults -- …`: builds outdated parts, then runs the fault harness in this process with the given arguments.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepareOrExit, root } from './prepare.mjs';

await prepareOrExit({ faults: true, out: process.stderr });
const main = join(root, 'dist-faults/test/faults/main.js');
process.argv[1] = main;
process.chdir(root);
process.setSourceMapsEnabled(true);
await import(pathToFileURL(main).href);
