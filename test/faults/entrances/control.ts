import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';

/**
 * A server that nobody attacks and that does nothing: its answers take as long as any answer on this machine takes now.
 */
export interface Control extends AsyncDisposable {
  /** @returns the duration of an answer, in milliseconds */
  ask(): Promise<number>;
}

const PROGRAM = `
  const server = require('node:http').createServer((request, response) => request.resume().once('end', () =>
    response.end('{}')));
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

export async function startControl(): Promise<Control> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn(process.execPath, ['-e', PROGRAM], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  const url = `http://127.0.0.1:${Number(String(port))}/`;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    async ask() {
      const began = performance.now();
      await new Promise<void>((resolve, reject) => {
        request(url, { agent, method: 'POST' }, (response) =>
          response.resume().once('end', resolve).once('error', reject),
        )
          .once('error', reject)
          .end('{}');
      });
      return performance.now() - began;
    },
    async [Symbol.asyncDispose]() {
      agent.destroy();
      child.kill('SIGKILL');
      await exited;
    },
  };
}
