/** The operator's tool. Builds outdated parts first, with progress on stderr, so that its output stays clean. */
import { existsSync } from 'node:fs';

// A package and an image have no sources: there is nothing to build.
if (existsSync(new URL('../src', import.meta.url))) {
  const { prepareOrExit } = await import('./prepare.mjs');
  await prepareOrExit({ out: process.stderr });
}
await import(new URL('../dist/cli/main.js', import.meta.url).href);
