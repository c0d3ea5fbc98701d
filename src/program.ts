import { COMMANDS } from './commands/registry.js';
import type { Program } from './wiring/foundation.js';
import { MADANG_EVENTS } from './events/definitions.js';
import { version } from './version.js';

/** This version of Madang, as it announces itself to processes of others. */
export const PROGRAM: Program = {
  version,
  reads: {
    event: Object.fromEntries(MADANG_EVENTS.types.map((type) => [type, MADANG_EVENTS.schemaVersion(type)])),
    command: Object.fromEntries(Object.entries(COMMANDS).map(([type, of]) => [type, of.version])),
  },
};
