import { createInterface } from 'node:readline/promises';
import { CliError, MISTYPED } from './connect.js';

/**
 * Asks on a terminal for confirmation.
 * @throws {CliError} the answer is no, or there is no terminal
 */
export async function confirm(question: string): Promise<void> {
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new CliError(`${question} There is no terminal to ask on: add --yes`, MISTYPED);
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await asking.question(`${question} [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new CliError('nothing was done');
  } finally {
    asking.close();
  }
}
