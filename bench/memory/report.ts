import { writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

// Loaded before a program that is measured, by `--import`: at a signal it collects its garbage and writes the memory
// that is left, so that every program is measured in the same way.

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const COLLECTIONS = 4;

process.on('SIGUSR2', () => {
  for (let n = 0; n < COLLECTIONS; n++) collect();
  const { heapUsed, rss } = process.memoryUsage();
  writeFileSync(process.env['MEMORY_REPORT']!, JSON.stringify({ heapUsed, rss }), { flag: 'a' });
});
