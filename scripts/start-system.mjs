/**
 * `npm start`, and with --kafka `npm run start:kafka`. The system runs in this very process and not in a child of it:
 * a signal arrives once, the exit status is the system's, and a `kill -9` cannot leave one of two alive.
 */
import { prepareOrExit, root } from './prepare.mjs';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

const unknown = process.argv.slice(2).filter((argument) => argument !== '--kafka');
if (unknown.length > 0) {
  process.stderr.write(
    `madang: unknown argument ${unknown.join(' ')}. npm start takes none; settings come from the environment.\n`,
  );
  process.exit(2);
}
if (process.argv.includes('--kafka')) process.env.MADANG_LOG = 'kafka';

await prepareOrExit();
process.setSourceMapsEnabled(true);
await import(pathToFileURL(join(root, 'dist/main.js')).href);
