import { build } from 'esbuild';
import { gzipSync } from 'node:zlib';

test.each(['apollo', 'urql', 'graphql-ws'])('the package over %s is below 10 KB', async (name) => {
  const contents = `export * from './index.js'; export * from './${name}.js';`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: 'packages/client/src', loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    external: ['@apollo/client', '@urql/core', 'wonka', 'graphql', 'graphql-ws'],
  });
  const bundle = outputFiles[0]!.contents;
  expect(bundle.length).toBeGreaterThan(1_000);
  expect(gzipSync(bundle).length).toBeLessThan(10_000);
});
