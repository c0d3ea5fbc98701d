/**
 * `npm run docs`: the documentation as a site in `var/site`, by VitePress, which is installed beside this file first.
 * The site has a search of its own and takes nothing from another host.
 */
import { cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { prepareOrExit, root } from '../prepare.mjs';
import { errorPages } from './error-pages.mjs';
import { contents, llmsText } from './llms.mjs';

const OTHER_HOSTS = [
  /<(?:script|img|iframe|source)[^>]+src="(?:https?:)?\/\/[^"]*"/,
  /<link[^>]+href="(?:https?:)?\/\/[^"]*"/,
  /url\(["']?(?:https?:)?\/\/[^)]*\)/,
];

const here = fileURLToPath(new URL('.', import.meta.url));
const source = join(root, 'var/site-source');
const target = join(root, 'var/site');

await prepareOrExit({ out: process.stderr });
if (!existsSync(join(here, 'node_modules/vitepress'))) {
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: here,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

await rm(source, { recursive: true, force: true });
await mkdir(join(source, 'public'), { recursive: true });
for (const name of ['README.md', 'CHANGELOG.md', 'SECURITY.md', 'docs'])
  await cp(join(root, name), join(source, name), { recursive: true });
for (const name of ['schema.graphql', 'LICENSE']) await cp(join(root, name), join(source, 'public', name));
await writeFile(join(source, 'public/llms.txt'), await llmsText(root));

const load = (file) => import(pathToFileURL(join(root, 'dist', file)).href);
const { REJECTIONS: rejections } = await load('commands/rejections.js');
const { ERROR_CODES: errors } = await load('server/errors/error-codes.js');
const codes = errorPages({ rejections, errors });
await mkdir(join(source, 'docs/errors'), { recursive: true });
for (const [code, text] of Object.entries(codes)) await writeFile(join(source, `docs/errors/${code}.md`), text);

const link = (path) => `/${path.replace(/\.md$/, '')}`;
const sidebar = (await contents(root)).map(({ part, pages }) => ({
  text: part,
  items: pages.map(({ title, path }) => ({ text: title, link: link(path) })),
}));
sidebar.push(
  { text: 'Decisions', link: '/docs/adr/README' },
  {
    text: 'Error codes',
    collapsed: true,
    items: Object.keys(codes)
      .sort()
      .map((code) => ({ text: code, link: `/docs/errors/${code}` })),
  },
);

const { build } = await import(pathToFileURL(join(here, 'node_modules/vitepress/dist/node/index.js')).href);
const config = {
  title: 'Madang',
  description: 'A backend for rooms that suddenly fill up',
  outDir: target,
  cleanUrls: true,
  lastUpdated: false,
  rewrites: { 'README.md': 'index.md' },
  // No pages: they are beside them in the site.
  ignoreDeadLinks: ['./schema.graphql', './LICENSE', './../schema.graphql'],
  themeConfig: { search: { provider: 'local' }, sidebar, outline: [2, 3] },
  markdown: { html: false },
};
await mkdir(join(source, '.vitepress'), { recursive: true });
await writeFile(join(source, '.vitepress/config.mjs'), `export default ${JSON.stringify(config)};\n`);
await build(source);
await refuseOtherHosts(target);
process.stdout.write(`\n${target}/index.html\n`);

/** @throws if a page would load a script, a style, a font or a picture from elsewhere */
async function refuseOtherHosts(folder) {
  const files = (await readdir(folder, { recursive: true })).filter((name) => /\.(?:html|css)$/.test(name));
  for (const name of files) {
    const text = await readFile(join(folder, name), 'utf8');
    const found = OTHER_HOSTS.map((pattern) => pattern.exec(text)?.[0]).find(Boolean);
    if (found) throw new Error(`${name} takes something from another host: ${found}`);
  }
}
