import { writeSync } from 'node:fs';
import { relative } from 'node:path';

const SHOWN = 10;

/**
 * Ends the run with the slowest suites, for people, and one plain line of counts, for programs that read the output.
 * Both come after Jest's own summary.
 */
export default class ClosingReporter {
  onRunComplete(_contexts, results) {
    const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites, testResults } = results;
    const skipped = numPendingTests > 0 ? `, ${numPendingTests} skipped` : '';
    const slowest = testResults
      .map(({ testFilePath, perfStats }) => ({ file: relative(process.cwd(), testFilePath), ms: perfStats.runtime }))
      .sort((a, b) => b.ms - a.ms)
      .slice(0, SHOWN)
      .map(({ file, ms }) => `${(ms / 1_000).toFixed(1).padStart(7)} s  ${file}\n`);
    const list = testResults.length > SHOWN ? `The slowest suites:\n${slowest.join('')}` : '';
    // A suite that could not be loaded has no tests to count, and must not look like success.
    const counts = `${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed${skipped}\n`;
    // Jest prints its summary after this call.
    process.once('exit', () => writeSync(1, list + counts));
  }
}
