import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const manifest = new URL('../package.json', import.meta.url);

const { version, gitHead } = JSON.parse(readFileSync(manifest, 'utf8')) as {
  readonly version: string;
  /** Written by `npm publish`, and by the Dockerfile. */
  readonly gitHead?: string;
};

/** The package's version, from its package.json. */
export { version };

/** The commit of the package, or of the checkout that it runs in; empty where neither is known. */
export const commit = gitHead ?? checkoutCommit(dirname(fileURLToPath(manifest))) ?? '';

/** Reads the files of git, so that no git is needed. */
export function checkoutCommit(root: string): string | undefined {
  try {
    const entry = join(root, '.git');
    const read = (...path: readonly string[]): string => readFileSync(join(...path), 'utf8').trim();
    // A work tree has a file that names its folder, and that one names the folder of all work trees.
    const own = statSync(entry).isDirectory() ? entry : resolve(root, read(entry).replace(/^gitdir: /, ''));
    const head = read(own, 'HEAD');
    if (!head.startsWith('ref: ')) return head;
    const ref = head.slice('ref: '.length);
    const shared = existsSync(join(own, 'commondir')) ? resolve(own, read(own, 'commondir')) : own;
    if (existsSync(join(shared, ref))) return read(shared, ref);
    const packed = read(shared, 'packed-refs').split('\n');
    return packed.find((line) => line.endsWith(` ${ref}`))?.split(' ')[0];
  } catch {
    return undefined;
  }
}
