import type { CommandDefinition, StreamRef } from '../engine/domain/decide.js';

/** How often one user may send a command: a sustained rate, and how many at once. */
export interface SendRate {
  readonly perSecond: number;
  readonly burst: number;
  /** Counted over all servers, in Redis; or by each server for itself, without a round trip. */
  readonly over: 'servers' | 'server';
}

/** What Madang has to know of a command beside its decision. The compiler requires it of every command. */
export interface Sending {
  /**
   * The default rate limit of the mutation that has the command's name: enough for people and their programs, and too
   * little to keep the deciders from everyone else. `MADANG_RATE_LIMITS` sets other ones. `no mutation`: process
   * managers or operators send the command.
   */
  readonly rateLimit: SendRate | 'no mutation';
}

type Reads = Readonly<Record<string, StreamRef<unknown>>>;

/** A command of Madang. `src/commands/generated/commands.ts` lists all of them. */
export const defineCommand = <T extends string, D, R extends Reads, const L extends Sending['rateLimit']>(
  definition: CommandDefinition<T, D, R> & { readonly rateLimit: L },
): CommandDefinition<T, D, R> & { readonly rateLimit: L } => definition;

/** Counted over all servers. */
export const perUser = (perSecond: number, burst: number): SendRate => ({ perSecond, burst, over: 'servers' });
