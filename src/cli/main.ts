import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config.js';
import { loadEnvFile } from '../env-file.js';
import { version } from '../version.js';
import { CliError, MISTYPED, NOT_DONE } from './connect.js';

/** The commands, in the order of the help. */
const COMMANDS: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  token: async () => (await import('./token.js')).tokenCommand,
  projections: async () => (await import('./projections.js')).projectionsCommand,
  dead: async () => (await import('./dead.js')).deadCommand,
  events: async () => (await import('./events.js')).eventsCommand,
  account: async () => (await import('./account.js')).accountCommand,
  campaign: async () => (await import('./campaign.js')).campaignCommand,
  heat: async () => (await import('./heat.js')).heatCommand,
  migrate: async () => (await import('./migrate.js')).migrateCommand,
  backup: async () => (await import('./backup.js')).backupCommand,
  restore: async () => (await import('./backup.js')).restoreCommand,
  bot: async () => (await import('./bot.js')).botCommand,
};

/** The asked command, without the modules of the others; all of them for the help and for a typing error. */
const [asked = ''] = process.argv.slice(2);
const loaders = Object.hasOwn(COMMANDS, asked) ? [COMMANDS[asked]!] : Object.values(COMMANDS);

const program = new Command('madang')
  .description(
    'Operates a running Madang. It is reached by the same settings as its processes, ' +
      'or else through the servers that ' +
      'npm start runs.',
  )
  .version(version, '--version', 'shows the version')
  .showHelpAfterError()
  .exitOverride();

try {
  loadEnvFile();
  for (const load of loaders) (await load())(program);
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
