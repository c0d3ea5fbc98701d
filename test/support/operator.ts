import { PROGRAM } from '../../src/program.js';
import { randomUUID } from 'node:crypto';
import { COMMANDS } from '../../src/commands/registry.js';
import { readConfig } from '../../src/config.js';
import { commandId, traceId, userId } from '../../src/engine/domain/ids.js';
import { createLifecycle } from '../../src/engine/runtime/lifecycle.js';
import { openFoundation } from '../../src/wiring/foundation.js';
import { openLogEngine } from '../../src/wiring/log.js';
import { quietLogger } from './conditions.js';
import type { Deployment } from './deployment.js';

/** Appends a command to a deployment's command log: for actions of an operator without a mutation in the API. */
export async function holdOrRelease(
  { env }: Deployment,
  type: 'PauseGifticonCampaign' | 'ResumeGifticonCampaign',
  campaignId: string,
): Promise<void> {
  const config = readConfig(env);
  const servers = { databaseUrl: config.databaseUrl!, redisUrl: config.redisUrl!, kafkaBrokers: config.kafkaBrokers };
  const lifecycle = createLifecycle(quietLogger);
  try {
    const { pool, settings, writable } = await openFoundation(config, servers, PROGRAM, lifecycle, quietLogger);
    const { commands } = await openLogEngine({
      config,
      servers,
      pool,
      settings,
      writable,
      lifecycle,
      logger: quietLogger,
    });
    const { version } = COMMANDS[type];
    const at = new Date().toISOString();
    const command = {
      commandId: commandId(randomUUID()),
      type,
      schema: version,
      key: campaignId,
      userId: userId('operator'),
      traceId: traceId('0'.repeat(32)),
      at,
      data: { campaignId },
    };
    await commands.append(command);
  } finally {
    await lifecycle.stop();
  }
}
