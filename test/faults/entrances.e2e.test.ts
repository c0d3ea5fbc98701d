import { randomInt } from 'node:crypto';
import type { Deployment } from '../support/deployment.js';
import { openDeployment } from '../support/deployment.js';
import type { Topics } from './entrances/stranger.js';
import { LIMITED, entrances, fuzzEntrance, fuzzReport, isFault, isTopic } from './entrances/fuzz.js';

/** FAULT_SEED=… repeats the same attacks. npm run faults has a minute of each. */
const SEED = Number(process.env.FAULT_SEED || randomInt(2 ** 31));
process.stderr.write(`entrances: FAULT_SEED=${SEED}\n`);
const MS = 10_000;

test.each(entrances)(
  `over %s, the process lives and nothing acknowledged is lost (FAULT_SEED=${SEED})`,
  async (entrance) => {
    await using deployment = await openDeployment(isTopic(entrance) ? 'kafka' : 'embedded');
    // Little memory, so that an unbounded buffer ends the process.
    await using madang = await deployment.start({ ...LIMITED, NODE_OPTIONS: '--max-old-space-size=512' });
    let alive = true;
    void madang.exited.then(() => (alive = false));
    const result = await fuzzEntrance({
      entrance,
      url: madang.url,
      seed: SEED,
      ms: MS,
      isAlive: () => alive,
      ...(isTopic(entrance) ? { topics: topicsOf(deployment) } : {}),
    });
    const { attacks, broken } = result;
    process.stderr.write(`${entrance}: ${fuzzReport(result)}\n`);
    expect(broken).toEqual([]);
    expect(attacks).toBeGreaterThan(20);
    expect(madang.log.filter(isFault).map(({ text }) => text)).toEqual([]);
  },
  240_000,
);

const topicsOf = ({ env }: Deployment): Topics => ({
  brokers: env.KAFKA_BROKERS!.split(','),
  prefix: env.MADANG_TOPIC_PREFIX!,
});
