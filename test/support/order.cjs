const TestSequencer = require('@jest/test-sequencer').default;

/**
 * The suites that take longest, the longest first, for a run that knows no times: one that starts last runs alone.
 */
const LONGEST = [
  'e2e/gifticon-faults.e2e',
  'faults/short.e2e',
  'faults/entrances.e2e',
  'e2e/failover.e2e',
  'e2e/alerts.e2e',
  'integration/campaign-cli.int',
  'e2e/failovers.e2e',
  'e2e/traces.e2e',
  'e2e/gifticon.e2e',
  'integration/servers.int',
  'e2e/crash.e2e',
  'e2e/web-console.e2e',
  'integration/operator-cli.int',
  'e2e/outages.e2e',
  'contracts/kafka.int',
  'integration/heat.int',
].map((name) => `/test/${name}.test.ts`);

/** A suite of whole processes takes longer than its size shows: an e2e suite that starts last would run alone. */
const placeOf = ({ path }) => {
  const place = LONGEST.findIndex((name) => path.endsWith(name));
  return place >= 0 ? place : LONGEST.length + (path.endsWith('.e2e.test.ts') ? 0 : 1);
};

/** The order of Jest: by the times of the run before. Where none are known: the longest, e2e suites, and by size. */
module.exports = class LongestFirst extends TestSequencer {
  async sort(tests) {
    const sorted = await super.sort(tests);
    const known = tests.some(({ duration }) => duration !== undefined);
    return known ? sorted : [...sorted].sort((a, b) => placeOf(a) - placeOf(b));
  }
};
