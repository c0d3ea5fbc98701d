/**
 * `npm run faults -- …`: builds what is out of date, then runs the fault harness in this process with the arguments
 * given.
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
