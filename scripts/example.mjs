/**
 * `npm run example -- NAME [--kafka]`: builds outdated parts, starts the servers that the environment does not name,
 * and runs the example in this process.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepareOrExit, root } from './prepare.mjs';

const names = readdirSync(join(root, 'examples'));
const [name, ...options] = process.argv.slice(2);
if (!names.includes(name) || options.some((option) => option !== '--kafka')) {
  process.stderr.write(`madang: npm run example -- NAME [--kafka], where NAME is one of: ${names.join(', ')}\n`);
  process.exit(2);
}
await prepareOrExit({ examples: true, out: process.stderr });
process.setSourceMapsEnabled(true);

const load = (file) => import(pathToFileURL(join(root, 'dist', file)).href);
const { createLogger } = await load('engine/index.js');
const servers = [];
const own = async (file, start) => {
  const { [start]: open } = await load(file);
  const log = createLogger({ level: 'info' });
  const server = await open({ dataDir: join(root, 'var/examples', name), log, supervise: true });
  servers.push(server);
  return server.url;
};
process.env.DATABASE_URL ??= await own('embedded/postgres.js', 'startPostgres');
if (options.includes('--kafka')) process.env.KAFKA_BROKERS ??= await own('embedded/kafka.js', 'startKafka');

const { stopped } = await import(pathToFileURL(join(root, 'dist-examples', name, 'main.js')).href);
await stopped;
for (const server of servers.reverse()) await server.stop();
