import type { Writable } from '../domain/readable.js';
import type { CommandLog } from './command-log.js';
import { notYetRead } from './command-log.js';

/**
 * The same queue, which takes a command only once every live process reads its version: an older decider would answer
 * it as malformed, for good.
 */
export const gatedLog = (log: CommandLog, { isWritable }: Writable): CommandLog => ({
  ...log,
  append: (command) => (isWritable('command', command.type) ? log.append(command) : Promise.reject(notYetRead())),
});
