import { Command } from 'ioredis';
import { TIMED_OUT } from './errors.js';

/**
 * Timers come before sockets in a turn of the event loop: in a process that was held up for longer than the timeout,
 * ioredis 5 ends commands whose replies came long ago, and Redis counts as away. With this patch what has come is read
 * first.
 */
Command.prototype.setTimeout = function (ms) {
  // ioredis clears it when the command settles.
  const command = this as unknown as { _commandTimeoutTimer?: NodeJS.Timeout };
  command._commandTimeoutTimer ??= setTimeout(() => {
    setImmediate(() => {
      if (!this.isSettled) this.reject(new Error(TIMED_OUT));
    });
  }, ms);
};
