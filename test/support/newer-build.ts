import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface NewerBuild extends AsyncDisposable {
  /** A checkout for `startMadang`. */
  readonly checkout: string;
}

const LINKED = ['node_modules', 'package.json', 'prisma', 'packages', 'schema.graphql'];

/** The built program with one change: `MessagePosted` has a second version, which it reads the first one as. */
export async function openNewerBuild(): Promise<NewerBuild> {
  const checkout = await mkdtemp(join(tmpdir(), 'madang-newer-'));
  await cp('dist', join(checkout, 'dist'), { recursive: true });
  for (const name of LINKED) await symlink(join(process.cwd(), name), join(checkout, name));
  const definitions = join(checkout, 'dist/events/message/message-events.js');
  const text = await readFile(definitions, 'utf8');
  const changed = text.replace(
    /(MessagePosted: \{\s*schema: )FIRST_VERSION,/,
    '$1{ version: 2, upcasts: [(data) => data] },',
  );
  if (changed === text) throw new Error(`${definitions} has no MessagePosted of the first version`);
  await writeFile(definitions, changed);
  return { checkout, [Symbol.asyncDispose]: () => rm(checkout, { recursive: true, force: true }) };
}
