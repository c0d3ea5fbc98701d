/** Every mutation of `npm run mutations`, with the places of its text and its tests: a moved file is found. */
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { deciding } from './deciding.mjs';
import { following } from './following.mjs';
import { inProcess } from './in-process.mjs';
import { lua } from './lua.mjs';
import { races } from './races.mjs';
import { sql } from './sql.mjs';

/** Each with the name of its list. */
export const mutations = Object.entries({ races, following, deciding, inProcess, lua, sql }).flatMap(([list, all]) =>
  all.map((mutation) => ({ list, ...mutation })),
);

/** @returns the text of each source file and the paths of the tests, as they are below `root` */
export function readCheckout(root) {
  const files = ['src', 'test'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, name)),
  );
  const tests = files.filter((path) => path.endsWith('.test.ts'));
  const sources = files.filter((path) => path.startsWith('src') && path.endsWith('.ts') && !path.endsWith('.test.ts'));
  return { tests, sources: new Map(sources.map((path) => [path, readFileSync(join(root, path), 'utf8')])) };
}

/**
 * @returns the file of a mutation and its tests; or in `stale` the reason why it cannot be made. Its text has to occur
 * exactly once, in the named file or, where that has moved, in exactly one other
 */
export function locate({ file, find, tests }, checkout) {
  const times = (path) => (checkout.sources.get(path) ?? '').split(find).length - 1;
  const having = [...checkout.sources.keys()].filter((path) => times(path) > 0);
  const places = having.includes(file) ? [file] : having;
  if (places.length !== 1 || times(places[0]) !== 1)
    return { stale: `its text stands in ${places.length} files, ${times(file)} times in the one that it names` };
  const found = tests.map((test) =>
    checkout.tests.includes(test) ? [test] : checkout.tests.filter((path) => basename(path) === basename(test)),
  );
  if (found.some((paths) => paths.length !== 1)) return { stale: 'a test that it names is not there' };
  return { file: places[0], tests: found.flat() };
}
