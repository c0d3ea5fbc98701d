import type { RunResult } from './run.js';

const list = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([what, count]) => `    ${String(count).padStart(6)}  ${what}`)
    .join('\n') || '    none';

/** The faults, the checks and the broken promises. */
export function reportOf({ faults, checks, again, logged }: RunResult): string {
  const total = [...faults.values()].reduce((sum, count) => sum + count, 0);
  const lines = checks.flatMap(({ promise, looked, broken }) => [
    `    ${broken.length === 0 ? 'kept  ' : 'BROKEN'}  ${promise} (${looked})`,
    ...broken.map((what) => `            ${what}`),
  ]);
  return [
    `  ${total} faults`,
    list(faults),
    '  answers that said to try again, and connections that broke',
    list(again),
    '  errors in the logs of the processes',
    list(logged),
    '  promises',
    ...lines,
    '',
  ].join('\n');
}

export const isKept = ({ checks }: RunResult): boolean => checks.every(({ broken }) => broken.length === 0);
