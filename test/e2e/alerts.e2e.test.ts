import pg from 'pg';
import { chooseFreePort } from '../../src/embedded/ports.js';
import { openLink } from '../faults/link.js';
import { until } from '../support/conditions.js';
import { openFaultSite } from '../support/fault-site.js';
import type { Prometheus } from '../support/prometheus.js';
import { startPrometheus } from '../support/prometheus.js';
import { commanded, signInOnWire } from '../support/wire.js';

// Real faults, and the alerts that docs/runbook.md names for them. The rules are hurried: seconds in place of minutes.

/** Waits until these alerts fire, and no other but those that may. */
async function fires(prometheus: Prometheus, wanted: readonly string[], may: RegExp): Promise<void> {
  let seen: readonly string[] = [];
  const holds = async (): Promise<boolean> => {
    seen = await prometheus.firing();
    return wanted.every((name) => seen.includes(name));
  };
  await until(holds, `${wanted.join(', ')} to fire`, 60_000).catch((cause: unknown) => {
    throw new Error(`fires: ${seen.join(', ')}`, { cause });
  });
  expect(seen.filter((name) => !wanted.includes(name) && !may.test(name))).toEqual([]);
}

const quiet = (prometheus: Prometheus): Promise<void> =>
  until(async () => (await prometheus.firing()).length === 0, 'no alert to fire', 60_000);

/** A record on the log that no gateway would append. */
async function appendNoCommand(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`
      WITH head AS (
        INSERT INTO command_heads (queue, partition, next_offset) VALUES ('commands', 0, 1)
        ON CONFLICT (queue, partition) DO UPDATE SET next_offset = command_heads.next_offset + 1
          RETURNING next_offset - 1 AS at
      ) INSERT INTO commands (queue, partition, "offset", key, command_id, payload)
        SELECT 'commands', 0, at, 'key', '', 'no command' FROM head`);
  } finally {
    await client.end();
  }
}

test('each fault makes the alert fire that the runbook names, and its end silences it', async () => {
  await using site = await openFaultSite('embedded');
  const server = new URL(process.env.TEST_REDIS_URL!);
  await using redis = await openLink(Number(server.port));
  server.port = String(redis.port);
  const [restPort, deciderPort] = [await chooseFreePort(), await chooseFreePort()];
  await site.start('rest', {
    MADANG_ROLES: 'api,projector,issuer,heat',
    PORT: String(restPort),
    REDIS_URL: server.href,
  });
  await site.start('decider', { MADANG_ROLES: 'decider', PORT: String(deciderPort) });
  await using prometheus = await startPrometheus([site.url('rest'), site.url('decider')], { impatient: true });
  const user = await signInOnWire(site.url('rest'), 'mina');
  const { room } = await commanded(user, 'createRoom', { title: 'x' });
  const send = () => commanded(user, 'sendMessage', { roomId: room!.id, body: 'hello' });
  await send();
  await quiet(prometheus);

  await site.postgres.kill();
  await fires(prometheus, ['MadangDependencyDown postgresql', 'MadangNotReady'], /DependencyDown command_log|Errors/);
  await site.postgres.start();
  await quiet(prometheus);

  await site.kill('decider');
  await fires(prometheus, ['MadangDown', 'MadangRoleMissing decider'], /^$/);
  await site.start('decider');
  await quiet(prometheus);

  redis.refuse(true);
  await send();
  await fires(
    prometheus,
    ['MadangDependencyDown redis', 'MadangReadModelStuck recent-timeline', 'MadangReadModelStuck unread'],
    /^$/,
  );
  redis.refuse(false);
  await quiet(prometheus);

  await appendNoCommand(site.env.DATABASE_URL!);
  await fires(prometheus, ['MadangDeadLetters postgres:commands', 'MadangDeadLettersWait postgres:commands'], /^$/);
}, 240_000);
