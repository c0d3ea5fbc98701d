import type { Command } from 'commander';
import { newCommandId } from '../engine/domain/command-id.js';
import { handle as handleSchema } from '../commands/text.js';
import { userId } from '../engine/domain/ids.js';
import { newTraceId } from '../engine/domain/trace.js';
import { isLogError } from '../engine/log/command-log.js';
import { openPrisma } from '../projections/prisma-client.js';
import type { User } from '../projections/user/users/query.js';
import { userQueries } from '../projections/user/users/query.js';
import { confirm } from './confirm.js';
import type { Connection } from './connect.js';
import { CliError, MISTYPED, withConnection } from './connect.js';
import { openGateway } from './gateway.js';
import { print, printJson } from './output.js';

interface DeleteOptions {
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function accountCommand(program: Command): void {
  const account = program.command('account').description('accounts of users');
  account
    .command('delete')
    .description('deletes an account for good, for a request that did not come through the API')
    .argument('<user>', 'its handle, or its id')
    .option('--yes', 'do not ask')
    .option('--json', 'print JSON')
    .action((text: string, options: DeleteOptions) =>
      withConnection((connection) => deleteAccount(connection, text, options)),
    );
}

async function deleteAccount(
  connection: Connection,
  text: string,
  { yes = false, json = false }: DeleteOptions,
): Promise<void> {
  const user = await find(connection, text);
  if (!yes) await confirm(`Delete ${user.handle} (${user.name}, ${user.id}) for good?`);
  const { commands } = await openGateway(connection);
  const command = {
    commandId: newCommandId(),
    type: 'DeleteAccount',
    key: user.id,
    userId: user.id,
    traceId: newTraceId(),
    data: { userId: user.id },
  } as const;
  const submission = await commands
    .submit({ command, mayRepeat: false, waitFor: 'DECIDED' })
    .catch((error: unknown) => {
      if (!isLogError(error, 'LOG_UNAVAILABLE')) throw error;
      throw new CliError(
        'the command log does not answer, so it is not known whether the account is deleted: ' +
          `try again once it does (${error.message})`,
      );
    });
  if (submission.status === 'ACCEPTED')
    throw new CliError('accepted, but not decided yet: is a decider running? The account is deleted once it does');
  if (submission.receipt.rejection) throw new CliError(submission.receipt.rejection.message);
  if (json) printJson({ deleted: user.id });
  else
    print(
      `${user.id} is deleted. Its data in rooms is erased by the deciders within seconds; ` +
        'madang_process_manager_lag_events shows the progress.\n',
    );
}

/** A handle first: only the order decides about an id that looks like the handle of another user. */
async function find({ pool }: Connection, text: string): Promise<User> {
  const users = userQueries({ prisma: openPrisma(pool) });
  const handle = handleSchema.safeParse(text);
  const user = (handle.success ? await users.byHandle(handle.data) : null) ?? (await users.byIds([userId(text)]))[0];
  if (!user) throw new CliError(`${text} is no known handle or id`, MISTYPED);
  if (user.deleted) throw new CliError(`the account ${user.id} is deleted already`);
  return user;
}
