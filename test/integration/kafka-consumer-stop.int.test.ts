import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** Its output, and its end: by SIGKILL where it has not ended after so long. */
async function stopped(
  how: 'mended' | 'as it is',
  timeout: number,
): Promise<{ readonly said: string; readonly signal: NodeJS.Signals | null }> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn(process.execPath, [join(import.meta.dirname, 'consumer-stop.js'), how], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout,
    killSignal: 'SIGKILL',
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { said: said.trim(), signal };
}

test('a consumer that is stopped while it takes up other brokers ends', async () => {
  expect(await stopped('mended', 20_000)).toEqual({ said: 'stopped true', signal: null });
});

test('kafkajs needs the mending for that: without it the process hangs', async () => {
  expect(await stopped('as it is', 2_000)).toEqual({ said: '', signal: 'SIGKILL' });
});
