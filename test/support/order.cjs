const TestSequencer = require('@jest/test-sequencer').default;

/** A suite of whole processes takes longer than its size shows: an e2e suite that starts last would run alone. */
const isEndToEnd = ({ path }) => (path.endsWith('.e2e.test.ts') ? 0 : 1);

/** The order of Jest: by the times of the run before, or by size. Where no times are known, e2e suites come first. */
module.exports = class LongestFirst extends TestSequencer {
  async sort(tests) {
    const sorted = await super.sort(tests);
    const known = tests.some(({ duration }) => duration !== undefined);
    return known ? sorted : [...sorted].sort((a, b) => isEndToEnd(a) - isEndToEnd(b));
  }
};
