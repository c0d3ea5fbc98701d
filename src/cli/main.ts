import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config.js';
import { accountCommand } from './account.js';
import { backupCommands } from './backup.js';
import { botCommand } from './bot.js';
import { campaignCommand } from './campaign.js';
import { loadEnvFile } from '../env-file.js';
import { version } from '../version.js';
import { CliError, MISTYPED, NOT_DONE } from './connect.js';
import { deadCommand } from './dead.js';
import { eventsCommand } from './events.js';
import { heatCommand } from './heat.js';
import { migrateCommand } from './migrate.js';
import { projectionsCommand } from './projections.js';
import { tokenCommand } from './token.js';

const program = new Command('madang')
  .description(
    'Operates a running Madang. It is reached by the same settings as its processes, ' +
      'or else through the servers that ' +
      'npm start runs.',
  )
  .version(version, '--version', 'shows the version')
  .showHelpAfterError()
  .exitOverride();

tokenCommand(program);
projectionsCommand(program);
deadCommand(program);
eventsCommand(program);
accountCommand(program);
campaignCommand(program);
heatCommand(program);
migrateCommand(program);
backupCommands(program);
botCommand(program);

try {
  loadEnvFile();
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : MISTYPED;
  else if (error instanceof CliError) {
    process.stderr.write(`madang: ${error.message}\n`);
    process.exitCode = error.exitCode;
  } else if (error instanceof ConfigError) {
    process.stderr.write(`madang: ${error.message}\n`);
    process.exitCode = MISTYPED;
  } else {
    process.stderr.write(`madang: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = NOT_DONE;
  }
}
