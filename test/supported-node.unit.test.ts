import { readFile } from 'node:fs/promises';

const { nodeRefusal } = (await import(new URL('../scripts/supported-node.mjs', import.meta.url).href)) as {
  nodeRefusal(version: string): string | null;
};

test.each([
  ['v12.22.12', true],
  ['v18.20.0', true],
  ['v20.18.9', true],
  ['v20.19.0', false],
  ['v22.1.0', false],
  [process.version, false],
])('Node %s is reported as too old: %s', (version, old) => {
  expect(nodeRefusal(version)).toEqual(
    old
      ? `madang: this is Node ${version}, and Madang needs 20.19 or newer: ` +
          'install one from https://nodejs.org and run this again.'
      : null,
  );
});

test('the version check agrees with package.json', async () => {
  const { engines } = JSON.parse(await readFile('package.json', 'utf8')) as {
    readonly engines: { readonly node: string };
  };
  expect(nodeRefusal(`v${engines.node.replace('>=', '')}.0`)).toBeNull();
});

test.each(['bin/madang', 'scripts/start.mjs', 'scripts/supported-node.mjs'])(
  '%s has no syntax that an old Node cannot parse',
  async (path) => {
    const code = (await readFile(path, 'utf8')).replaceAll(/\/\*.*?\*\//gs, '');
    expect(code).not.toMatch(/\?\.|\?\?|\bawait\b|\|\|=|&&=|#\w+\s*[=(]/);
  },
);
