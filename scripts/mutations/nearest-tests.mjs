import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const IMPORT = /^(?:import|export)\s(?:[^'";]*?from\s)?'(\.{1,2}\/[^']+)\.js'/gm;
const TYPES_ALONE = /^import type /;

/** The files of the checkout that a file imports for more than their types. */
function importsOf(root, file) {
  const source = readFileSync(join(root, file), 'utf8');
  return [...source.matchAll(IMPORT)]
    .filter(([statement]) => !TYPES_ALONE.test(statement))
    .map(([, path]) => relative(root, join(root, dirname(file), `${path}.ts`)))
    .filter((path) => existsSync(join(root, path)));
}

/** By file, the number of imports between it and a test. */
function distancesFrom(test, importsOfFile) {
  const distances = new Map([[test, 0]]);
  const queue = [test];
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    for (const imported of importsOfFile(file)) {
      if (distances.has(imported)) continue;
      distances.set(imported, distances.get(file) + 1);
      queue.push(imported);
    }
  }
  return distances;
}

/**
 * By source file, the tests of its own folder that are at most one import further away from it than the nearest test;
 * without such tests, the nearest ones. A mutant that these do not notice is not caught by the tests of its own code,
 * and each further test file costs seconds for each mutant.
 */
export function nearestTests(root, files, tests) {
  const known = new Map();
  const importsOfFile = (file) => {
    if (!known.has(file)) known.set(file, importsOf(root, file));
    return known.get(file);
  };
  const distances = tests.map((test) => ({ test, from: distancesFrom(test, importsOfFile) }));
  return new Map(
    files.map((file) => {
      const nearest = Math.min(...distances.map(({ from }) => from.get(file) ?? Infinity));
      if (nearest === Infinity) return [file, []];
      const within = (most) => distances.filter(({ from }) => (from.get(file) ?? Infinity) <= most);
      const beside = within(nearest + 1).filter(({ test }) => dirname(test) === dirname(file));
      return [file, (beside.length > 0 ? beside : within(nearest)).map(({ test }) => test)];
    }),
  );
}
