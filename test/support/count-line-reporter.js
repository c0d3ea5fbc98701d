import { writeSync } from 'node:fs';

/** Ends the run with one plain line of counts, after Jest's own summary, for programs that read the output. */
export default class CountLineReporter {
  onRunComplete(_contexts, { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites }) {
    const skipped = numPendingTests > 0 ? `, ${numPendingTests} skipped` : '';
    // A suite that could not be loaded has no tests to count, and must not look like success.
    const line = `${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed${skipped}\n`;
    // Jest prints its summary after this call.
    process.once('exit', () => writeSync(1, line));
  }
}
