import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

export interface LuaCall {
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

export interface LuaScript {
  run(client: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>;
  /** Runs the script for each of the calls, in one round trip. */
  runAll(client: Redis, calls: readonly LuaCall[]): Promise<readonly unknown[]>;
}

const isUnknown = (error: unknown): boolean => error instanceof Error && error.message.startsWith('NOSCRIPT');

/**
 * A script that the server knows by its hash; its text is sent again after the server forgot it (a restart, a
 * failover).
 */
export function luaScript(text: string): LuaScript {
  const sha = createHash('sha1').update(text).digest('hex');

  const sendAll = async (
    client: Redis,
    calls: readonly LuaCall[],
  ): Promise<readonly (readonly [Error | null, unknown])[]> => {
    const pipeline = client.pipeline();
    for (const { keys, args } of calls) pipeline.evalsha(sha, keys.length, ...keys, ...args);
    return (await pipeline.exec()) ?? [];
  };

  return {
    async run(client, keys, args) {
      try {
        return await client.evalsha(sha, keys.length, ...keys, ...args);
      } catch (error) {
        if (!isUnknown(error)) throw error;
        return client.eval(text, keys.length, ...keys, ...args);
      }
    },

    async runAll(client, calls) {
      let replies = await sendAll(client, calls);
      if (replies.some(([error]) => isUnknown(error))) {
        await client.script('LOAD', text);
        replies = await sendAll(client, calls);
      }
      return replies.map(([error, reply]) => {
        if (error) throw error;
        return reply;
      });
    },
  };
}
