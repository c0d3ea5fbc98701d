import type { Command } from 'commander';
import { READ_MODEL_WORK } from '../admin/read-model-work.js';
import { confirm } from './confirm.js';
import { withConnection } from './connect.js';
import { print, printJson } from './output.js';
import { buildingOptions } from './projections-rebuild.js';
import type { WorkFlags } from './projections-work.js';
import { work } from './projections-work.js';

export function rollbackCommand(projections: Command): void {
  const command = projections
    .command('rollback')
    .description(
      'makes the generation before the last swap the live one again, ' +
        'caught up with the events since; a second one undoes the first',
    )
    .argument('<name>', 'the read model');
  buildingOptions(command).action((name: string, flags: WorkFlags) =>
    withConnection(async (connection) => {
      if (!flags.yes) await confirm(`Roll ${name} back to the generation before the last swap?`);
      const back = await work(connection, 'ROLL_BACK', name, flags, READ_MODEL_WORK.rollBack);
      if (flags.json) printJson(back);
      else
        print(
          `${name} is rolled back to version ${back.version}, caught up by ${back.events} events in ` +
            `${back.seconds} s\n`,
        );
    }),
  );
}

export function dropOldCommand(projections: Command): void {
  projections
    .command('drop-old')
    .description('deletes the generation that is kept for a rollback')
    .argument('<name>', 'the read model')
    .option('--yes', 'do not ask')
    .option('--json', 'print JSON')
    .action((name: string, flags: WorkFlags) =>
      withConnection(async (connection) => {
        if (!flags.yes) await confirm(`Delete the kept generation of ${name}? There is no rollback after that.`);
        const dropped = await work(connection, 'DROP_KEPT', name, flags, READ_MODEL_WORK.dropKept);
        if (flags.json) printJson({ name, dropped });
        else print(dropped ? `the kept generation of ${name} is deleted\n` : `nothing was kept of ${name}\n`);
      }),
    );
}

export function abandonCommand(projections: Command): void {
  projections
    .command('abandon')
    .description('deletes the unfinished generation of a stopped rebuild; the live read model stays as it is')
    .argument('<name>', 'the read model')
    .option('--yes', 'do not ask')
    .option('--json', 'print JSON')
    .action((name: string, flags: WorkFlags) =>
      withConnection(async (connection) => {
        if (!flags.yes) await confirm(`Delete the unfinished generation of ${name}?`);
        const abandoned = await work(connection, 'ABANDON_REBUILD', name, flags, READ_MODEL_WORK.abandon);
        if (flags.json) printJson({ name, abandoned });
        else
          print(abandoned ? `the unfinished generation of ${name} is deleted\n` : `no rebuild of ${name} was begun\n`);
      }),
    );
}
