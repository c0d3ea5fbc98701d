import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CodeFile } from './code-file.js';
import { openCodeFile } from './code-file.js';

const CONTENT = Buffer.from(Array.from({ length: 100_000 }, (_, n) => `CODE-${n}`).join('\n'));
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

let directory: string;
let path: string;
const { TMPDIR } = process.env;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'madang-code-file-'));
  path = join(directory, 'codes.txt');
});
afterEach(async () => {
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
  await rm(directory, { recursive: true, force: true });
});

async function all(file: CodeFile): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.read()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function expectReadable(file: CodeFile): Promise<void> {
  expect(file.bytes).toBe(CONTENT.length);
  expect(hashOf(await all(file))).toBe(hashOf(CONTENT));
  for await (const chunk of file.read()) {
    expect(chunk.length).toBeLessThan(CONTENT.length);
    break;
  }
  expect(hashOf(await all(file))).toBe(hashOf(CONTENT));
}

test('a file is read repeatedly, also after a reading was interrupted', async () => {
  await writeFile(path, CONTENT);
  const file = await openCodeFile(path);
  await writeFile(`${path}.new`, 'OTHER');
  await rename(`${path}.new`, path);
  await expectReadable(file);
  await file.close();
});

test('a pipe is, too, and leaves no file that has a name', async () => {
  process.env.TMPDIR = directory;
  execFileSync('sh', ['-c', 'mkfifo "$0"', path]);
  const [file] = await Promise.all([openCodeFile(path), writeFile(path, CONTENT)]);
  expect(await readdir(directory)).toEqual(['codes.txt']);
  await expectReadable(file);
  await file.close();
});

test('a directory, and a file that is not there, are refused with what to do', async () => {
  await expect(openCodeFile(directory)).rejects.toThrow(/is a directory: name a file/);
  await expect(openCodeFile(path)).rejects.toThrow(/there is no such file/);
});
