import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MODULE = new URL('../../dist/embedded/priority.js', import.meta.url).href;
/** Of every thread: its policy, as Linux numbers them, and its priority. */
const SCRIPT = `
  import { readdirSync, readFileSync } from 'node:fs';
  import { getPriority } from 'node:os';
  const { yieldProcessor } = await import(${JSON.stringify(MODULE)});
  const warned = [];
  await yieldProcessor(JSON.parse(process.argv[1]), { warn: (_fields, message) => warned.push(message) });
  const policyOf = (thread) =>
    readFileSync('/proc/self/task/' + thread + '/stat', 'utf8').split(') ')[1].split(' ')[38];
  console.log(JSON.stringify({ policies: [...new Set(readdirSync('/proc/self/task').map(policyOf))], nice:
    getPriority(), warned: warned.length }));
`;
const IDLE = '5';
const ORDINARY = '0';

/** The priorities of a process with this setting. */
async function yielding(nice: number | 'idle', env: NodeJS.ProcessEnv = process.env): Promise<unknown> {
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', SCRIPT, JSON.stringify(nice)], { env });
  return JSON.parse(stdout);
}

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('an idle process runs only on an idle processor, with all its threads', async () => {
  expect(await yielding('idle')).toEqual({ policies: [IDLE], nice: 19, warned: 0 });
});

onLinux('without chrt it has the lowest priority, and logs it', async () => {
  expect(await yielding('idle', { PATH: '/nowhere' })).toEqual({ policies: [ORDINARY], nice: 19, warned: 1 });
});

onLinux('a number is the priority', async () => {
  expect(await yielding(7)).toEqual({ policies: [ORDINARY], nice: 7, warned: 0 });
  expect(await yielding(0)).toEqual({ policies: [ORDINARY], nice: 0, warned: 0 });
});
