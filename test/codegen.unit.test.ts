import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

test('generated types follow schema.graphql', async () => {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const { stderr } = await promisify(execFile)(process.execPath, ['scripts/codegen.mjs', '--check'], { env }).catch(
    (failure: unknown) => failure as { stderr: string },
  );
  expect(stderr).toBe('');
});
