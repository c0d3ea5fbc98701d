import type { z } from 'zod';
import type { AnyCommandDefinition } from '../engine/domain/decide.js';
import type { Sending } from './define-command.js';
import { ALL } from './generated/commands.js';

/** Every command, by its type on the command log. */
export const COMMANDS = ALL satisfies { readonly [T in keyof typeof ALL]: { readonly type: T } & Sending };

export type CommandType = keyof typeof COMMANDS;
export type CommandOf<T extends CommandType> = (typeof COMMANDS)[T];
/** A command's data as its schema returns it: trimmed, normalised, with branded ids. */
export type CommandData<T extends CommandType> = z.output<CommandOf<T>['schema']>;

const isCommandType = (type: string): type is CommandType => Object.hasOwn(COMMANDS, type);

/**
 * The definition of a command that was read from a log, whose type is not known at compile time. Code that names a
 * command uses COMMANDS.
 */
export const commandDefinition = (type: string): AnyCommandDefinition | undefined =>
  isCommandType(type) ? COMMANDS[type] : undefined;
