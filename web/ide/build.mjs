// Bundles the GraphQL IDE into dist/web/ide: the page, its scripts and styles, Monaco's workers. Everything that the
// page loads comes from there. Does nothing, and says nothing, where the last build was made from the same inputs.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
const output = join(root, 'dist/web/ide');
/** Where `src/server/http/ide.ts` serves the assets. */
const PUBLIC_PATH = '/graphql/ide/';

const MONACO_WORKERS = {
  editor: 'monaco-editor/esm/vs/editor/editor.worker.js',
  graphql: 'monaco-graphql/esm/graphql.worker.js',
  json: 'monaco-editor/esm/vs/language/json/json.worker.js',
};

async function stampOfInputs() {
  const hash = createHash('sha256');
  const sources = (await readdir(here)).sort().map((name) => join(here, name));
  for (const file of [...sources, join(root, 'package-lock.json')]) {
    hash.update(basename(file)).update(await readFile(file));
  }
  return hash.digest('hex');
}

const options = (assets) => ({
  absWorkingDir: here,
  outdir: assets,
  publicPath: PUBLIC_PATH,
  bundle: true,
  minify: true,
  metafile: true,
  target: 'es2022',
  entryNames: '[name]-[hash]',
  chunkNames: 'chunk-[hash]',
  assetNames: '[name]-[hash]',
  define: { 'process.env.NODE_ENV': '"production"' },
  legalComments: 'none',
  logLevel: 'warning',
});

/** The names that a build gave to its entry points, by the names they had. */
const namesOf = ({ metafile }) =>
  Object.entries(metafile.outputs).flatMap(([file, { entryPoint, cssBundle }]) =>
    entryPoint ? [{ entryPoint: basename(entryPoint), url: PUBLIC_PATH + basename(file), css: cssBundle }] : [],
  );

/** GraphiQL's own style sheet has Monaco's in it, so the ones that Monaco's modules import would come twice. */
const withoutMonacoStyles = {
  name: 'without-monaco-styles',
  setup: ({ onLoad }) => onLoad({ filter: /monaco-editor[\\/].*\.css$/ }, () => ({ contents: '', loader: 'css' })),
};

async function bundle(directory) {
  const assets = join(directory, 'assets');
  const workers = namesOf(await build({ ...options(assets), entryPoints: MONACO_WORKERS, format: 'iife' }));
  const urls = Object.fromEntries(
    Object.entries(MONACO_WORKERS).map(([label, path]) => [
      label,
      workers.find(({ entryPoint }) => entryPoint === basename(path)).url,
    ]),
  );

  const page = namesOf(
    await build({
      ...options(assets),
      entryPoints: { ide: 'page.tsx', icon: 'icon.svg' },
      format: 'esm',
      splitting: true,
      jsx: 'automatic',
      loader: { '.svg': 'copy' },
      define: { ...options(assets).define, WORKERS: JSON.stringify(urls) },
      plugins: [withoutMonacoStyles],
    }),
  );
  const script = page.find(({ entryPoint }) => entryPoint === 'page.tsx');
  const replacements = {
    '%script%': script.url,
    '%styles%': PUBLIC_PATH + basename(script.css),
    '%icon%': page.find(({ entryPoint }) => entryPoint === 'icon.svg').url,
  };
  const html = await readFile(join(here, 'index.html'), 'utf8');
  await writeFile(
    join(directory, 'index.html'),
    html.replace(/%\w+%/g, (name) => replacements[name]),
  );
}

const stamp = await stampOfInputs();
const stampFile = join(output, '.stamp');
if ((await readFile(stampFile, 'utf8').catch(() => null)) !== stamp) {
  const started = performance.now();
  // Built aside and moved into place, so that what is served is never half a build.
  const building = `${output}.${process.pid}`;
  try {
    await mkdir(building, { recursive: true });
    await bundle(building);
    await writeFile(join(building, '.stamp'), stamp);
    await rm(output, { recursive: true, force: true });
    await rename(building, output);
  } finally {
    await rm(building, { recursive: true, force: true });
  }
  console.log(`GraphQL IDE built in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
