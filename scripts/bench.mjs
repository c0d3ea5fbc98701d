/** `npm run bench -- …`: builds outdated parts, then runs the benchmarks in this process with the given arguments. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepareOrExit, root } from './prepare.mjs';

await prepareOrExit({ bench: true, out: process.stderr });
const main = join(root, 'dist-bench/bench/main.js');
if (!existsSync(main)) {
  process.stderr.write('madang: there are no benchmarks in this checkout (bench/main.ts is missing).\n');
  process.exit(1);
}
process.argv[1] = main;
process.setSourceMapsEnabled(true);
await import(pathToFileURL(main).href);
