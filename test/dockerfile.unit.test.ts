import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

interface Built {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  readonly command: readonly string[];
  readonly health: readonly string[];
}

interface Instruction {
  readonly name: string;
  readonly rest: string;
}

const { buildWithoutDocker, contextFilter, stagesOf } = (await import(
  new URL('../scripts/dockerfile.mjs', import.meta.url).href
)) as {
  buildWithoutDocker(options: object): Promise<Built>;
  contextFilter(text: string): (path: string) => boolean;
  stagesOf(text: string): readonly { readonly image: string; readonly instructions: readonly Instruction[] }[];
};

// `npm run image` runs the whole of the Dockerfile; these are the parts that take no registry.

const dockerfile = await readFile('Dockerfile', 'utf8');
const ignore = await readFile('.dockerignore', 'utf8');

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'madang-dockerfile-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test('every stage has the pinned Node.js of .nvmrc, and the last one is not root', async () => {
  const stages = stagesOf(dockerfile);
  const images = new Set(stages.map(({ image }) => image));
  expect(images.size).toBe(1);
  expect([...images][0]).toMatch(/^node:\d+\.\d+\.\d+-bookworm-slim$/);
  expect([...images][0]!.startsWith(`node:${(await readFile('.nvmrc', 'utf8')).trim()}.`)).toBe(true);
  const last = stages.at(-1)!.instructions;
  expect(last.filter(({ name }) => name === 'USER').map(({ rest }) => rest)).toEqual(['node']);
  expect(last.some(({ name }) => name === 'HEALTHCHECK')).toBe(true);
  expect(last.some(({ name }) => name === 'RUN')).toBe(false);
});

test('the sources get to the builder, and nothing else of a checkout', () => {
  const sent = contextFilter(ignore);
  const yes = [
    'package.json',
    '.npmrc',
    'src/main.ts',
    'src/gifticon/codes/a.sql',
    'prisma/schema.prisma',
    'bin/madang',
  ];
  const no = ['.env', '.env.local', 'web/.env', 'var/servers.json', 'node_modules/a/b.js', '.git/config', 'docs/a.md'];
  expect(yes.filter((path) => !sent(path))).toEqual([]);
  expect(no.filter(sent)).toEqual([]);
  const made = [
    'src/main.unit.test.ts',
    'packages/client/dist/a.js',
    'dist/main.js',
    'src/projections/prisma/client.ts',
  ];
  expect(made.filter(sent)).toEqual([]);
});

test('steps run in the folder of their stage, and copy what the context sends', async () => {
  const context = join(root, 'context');
  for (const name of ['a.txt', 'src/deep/b.txt', 'src/.env', 'src/x.log']) {
    await mkdir(dirname(join(context, name)), { recursive: true });
    await writeFile(join(context, name), name);
  }
  const text = `# a comment
FROM node:1 AS one
WORKDIR /app
COPY a.txt ./
COPY . all
ARG WORD=unset
RUN printf "$WORD" > said \\
  && mkdir made

FROM node:1
WORKDIR /there
COPY --from=one /app/said said
COPY --from=one /app/a.txt /app/all/a.txt texts/
COPY --from=one /app/all folder
ENV KEY=value OTHER="two words"
USER someone
HEALTHCHECK --interval=10s CMD ["true"]
CMD ["cat", "said"]
`;
  const built = await buildWithoutDocker({
    dockerfile: text,
    ignore: '**/.env*\n*.log\n**/*.log\n',
    context,
    root: join(root, 'built'),
    buildArgs: { WORD: 'hello' },
  });
  expect(built).toMatchObject({ user: 'someone', command: ['cat', 'said'], health: ['true'] });
  expect(built.env).toEqual({ KEY: 'value', OTHER: 'two words' });
  expect(await readFile(join(built.folder, 'said'), 'utf8')).toBe('hello');
  expect((await readdir(built.folder, { recursive: true })).toSorted()).toEqual([
    'folder',
    'folder/a.txt',
    'folder/src',
    'folder/src/deep',
    'folder/src/deep/b.txt',
    'said',
    'texts',
    'texts/a.txt',
  ]);
});

test.each([
  ['COPY gone.txt .', /not there/],
  ['COPY kept-out.txt .', /leaves out/],
  ['RUN exit 3', /failed/],
  ['VOLUME /x', /not known/],
])('a step that cannot work fails: %s', async (line, message) => {
  const context = join(root, 'context');
  await mkdir(context);
  await writeFile(join(context, 'kept-out.txt'), '');
  const options = {
    dockerfile: `FROM a\nWORKDIR /a\n${line}\n`,
    ignore: 'kept-out.txt',
    context,
    root: join(root, 'b'),
  };
  await expect(buildWithoutDocker(options)).rejects.toThrow(message);
});
