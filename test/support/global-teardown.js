import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

async function leakedDatabases(run) {
  const client = new pg.Client({ connectionString: process.env.TEST_POSTGRES_URL });
  await client.connect();
  try {
    const { rows } = await client.query('SELECT datname FROM pg_database WHERE starts_with(datname, $1)', [
      `madang_test_${run}_`,
    ]);
    for (const { datname } of rows) await client.query(`DROP DATABASE IF EXISTS ${datname} WITH (FORCE)`);
    return rows.map(({ datname }) => datname);
  } finally {
    await client.end();
  }
}

/** Processes of tests have the run's id in their environment. Works where there is a /proc. */
async function processesOf(run) {
  const found = [];
  for (const pid of (await readdir('/proc').catch(() => [])).filter(
    (name) => /^\d+$/.test(name) && Number(name) !== process.pid,
  )) {
    const [environment, command] = await Promise.all([
      readFile(`/proc/${pid}/environ`, 'latin1').catch(() => ''),
      readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => ''),
    ]);
    const ours = environment.split('\0').includes(`TEST_RUN_ID=${run}`) && !command.includes('jest-worker');
    if (ours) found.push({ pid: Number(pid), command: command.replaceAll('\0', ' ').trim() });
  }
  return found;
}

async function leakedProcesses(run) {
  let left = await processesOf(run);
  for (let look = 0; left.length > 0 && look < 20; look++) {
    await delay(100);
    left = await processesOf(run);
  }
  for (const { pid } of left) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
  return left.map(({ pid, command }) => `${pid} ${command}`);
}

/** Ends the servers of the setup, and fails the run when a test left a database or a process behind. */
export default async function globalTeardown() {
  const { run, close } = globalThis.madangTest;
  try {
    const processes = await leakedProcesses(run);
    const databases = await leakedDatabases(run);
    const leaks = [...processes.map((name) => `process ${name}`), ...databases.map((name) => `database ${name}`)];
    if (leaks.length > 0) throw new Error(`tests left behind: ${leaks.join(', ')}`);
  } finally {
    await close();
  }
}
