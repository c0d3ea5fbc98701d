import type { Command } from 'commander';
import { abandonNext, dropKept, rollback } from '../engine/rebuild/rollback.js';
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
      'makes what was live before the last swap the live one again, ' +
        'caught up with the events since; a second one undoes the first',
    )
    .argument('<name>', 'the read model');
  buildingOptions(command).action((name: string, flags: WorkFlags) =>
    withConnection(async (connection) => {
      if (!flags.yes) await confirm(`Roll ${name} back to what was live before the last swap?`);
      const back = await work(connection, 'rollback', name, flags, (options) => rollback(options, options.choices[0]!));
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
    .description('deletes what is kept of a read model for a rollback')
    .argument('<name>', 'the read model')
    .option('--yes', 'do not ask')
    .option('--json', 'print JSON')
    .action((name: string, flags: WorkFlags) =>
      withConnection(async (connection) => {
        if (!flags.yes) await confirm(`Delete what is kept of ${name}? There is no rollback after that.`);
        const dropped = await work(connection, 'drop-old', name, flags, (options) =>
          dropKept(options, options.choices[0]!),
        );
        if (flags.json) printJson({ name, dropped });
        else print(dropped ? `what was kept of ${name} is deleted\n` : `nothing was kept of ${name}\n`);
      }),
    );
}

export function abandonCommand(projections: Command): void {
  projections
    .command('abandon')
    .description('deletes what a rebuild that was stopped has built so far; the live read model is left as it is')
    .argument('<name>', 'the read model')
    .option('--yes', 'do not ask')
    .option('--json', 'print JSON')
    .action((name: string, flags: WorkFlags) =>
      withConnection(async (connection) => {
        if (!flags.yes) await confirm(`Delete what a rebuild of ${name} has built so far?`);
        const abandoned = await work(connection, 'abandon', name, flags, (options) =>
          abandonNext(options, options.choices[0]!),
        );
        if (flags.json) printJson({ name, abandoned });
        else print(abandoned ? `what was built of ${name} is deleted\n` : `no rebuild of ${name} was begun\n`);
      }),
    );
}
