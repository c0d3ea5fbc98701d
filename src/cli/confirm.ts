import { createInterface } from 'node:readline/promises';
import { CliError, MISTYPED } from './connect.js';

/**
 * Asks on a terminal whether to go on.
 * @throws {CliError} where the answer is no, or where nobody can be asked
 */
export async function confirm(question: string): Promise<void> {
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new CliError(`${question} Nobody can be asked here: say --yes`, MISTYPED);
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await asking.question(`${question} [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new CliError('nothing was done');
  } finally {
    asking.close();
  }
}
