/**
 * `npm start`, and with --kafka `npm run start:kafka`. The system runs in this very process and not in a child of it: a
 * signal arrives once, the exit status is the system's, and a `kill -9` cannot leave one of two alive.
 */
import { prepareOrExit, root } from './prepare.mjs';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

const USAGE = `npm start [-- --kafka] [--help]

Runs Madang with PostgreSQL and Redis of its own, in this terminal, until Ctrl-C. The data stays in ./var.

  --kafka  puts the log on Apache Kafka, and runs a broker where KAFKA_BROKERS names none; the same: npm run start:kafka
  --help   shows this

Settings come from the environment, and from a file named .env in the working folder. The most common:

  PORT            4000                where to listen; 0 takes any port that is free
  DATABASE_URL    a server of its own PostgreSQL
  REDIS_URL       a server of its own Redis
  KAFKA_BROKERS   none                host:port, separated by commas; set: the log is Kafka
  MADANG_ROLES    all                 any of api, decider, projector, issuer, heat
  LOG_LEVEL       info                debug tells of each partition

docs/settings.md has all of them, and docs/operations.md the rest. bin/madang --help operates what runs.
`;

const given = process.argv.slice(2);
if (given.some((argument) => argument === '--help' || argument === '-h')) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const unknown = given.filter((argument) => argument !== '--kafka');
if (unknown.length > 0) {
  process.stderr.write(`madang: unknown argument ${unknown.join(' ')}; npm start -- --help lists them.\n`);
  process.exit(2);
}
if (process.argv.includes('--kafka')) process.env.MADANG_LOG = 'kafka';

// Without a terminal, stdout has JSON lines alone.
await prepareOrExit({ out: process.stdout.isTTY ? process.stdout : process.stderr });
process.setSourceMapsEnabled(true);
await import(pathToFileURL(join(root, 'dist/main.js')).href);
