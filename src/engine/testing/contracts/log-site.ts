import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import pino from 'pino';
import type { CommandEnvelope } from '../../domain/envelope.js';
import type { Offset, Partition } from '../../domain/ids.js';
import { commandId, offset, traceId, userId } from '../../domain/ids.js';
import type { LogMark, CommandHandler, CommandLog, CommandRecord } from '../../log/command-log.js';
import type { EventFeed } from '../../log/event-feed.js';

export const PARTITIONS = 4;
export const byNumber = (a: number, b: number): number => a - b;
export const quietLog = pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' });

/** An empty place for a log. Everything opened here is closed with it. */
export interface LogSite extends AsyncDisposable {
  /** Like another process: with connections of its own. */
  openLog(queue?: string, partitions?: number): Promise<CommandLog>;
  openFeed(): Promise<EventFeed>;
  /**
   * A program that joins a group of the queue `commands` in a process of its own. Its first argument is JSON of
   * `options` and the group. It sends a {@link MemberMessage} for each batch that its handler begins, for an aborted
   * one, and every 20 ms for the partitions that it owns. Its handler never ends by itself.
   */
  readonly member: { readonly program: string; readonly options: Readonly<Record<string, unknown>> };
  /** Cuts all open connections, like a restart of the server. */
  disturb(): Promise<void>;
  /** Names of all groups in the log, sorted. */
  groups(): Promise<readonly string[]>;
  /** A member without a heartbeat for this long has lost its partitions. */
  readonly timeoutMs: number;
}

export interface LogEngine {
  readonly name: string;
  createSite(): Promise<LogSite>;
}

export function command(key: string, data: unknown = {}): CommandEnvelope {
  return {
    commandId: commandId(randomUUID()),
    type: 'Test',
    schema: 1,
    key,
    userId: userId('u'),
    traceId: traceId('0'.repeat(32)),
    at: new Date().toISOString(),
    data,
  };
}

/**
 * The stored records of a group by partition, and its checkpoints. Shared by all members, moved by compare-and-set.
 */
export class Ledger {
  readonly records = new Map<Partition, CommandRecord[]>();
  readonly next: number[] = Array.from({ length: PARTITIONS }, () => 0);
  /** Of the records before `next`. */
  readonly marks = new Map<Partition, LogMark | null>();
  readonly assigned: Partition[] = [];
  readonly revoked: Partition[] = [];
  running = 0;
  overlaps = 0;
  readonly #busy = new Set<Partition>();

  get count(): number {
    return [...this.records.values()].reduce((sum, records) => sum + records.length, 0);
  }

  get ids(): string[] {
    return [...this.records.values()]
      .flat()
      .map((record) => ('command' in record ? record.command.commandId : record.unreadable.payload));
  }

  /** A member's handler; `before` runs before a batch is stored and may throw or wait. */
  handler(
    before: (partition: Partition, records: readonly CommandRecord[], signal: AbortSignal) => unknown = () => undefined,
  ): CommandHandler {
    return {
      assigned: (partition) => {
        this.assigned.push(partition);
        return Promise.resolve({ next: offset(this.next[partition]!), mark: this.marks.get(partition) ?? null });
      },
      handle: async ({ partition, records, next, markBefore }, signal) => {
        const from = this.next[partition]!;
        if (this.#busy.has(partition)) this.overlaps++;
        this.#busy.add(partition);
        this.running++;
        try {
          await before(partition, records, signal);
        } finally {
          this.running--;
          this.#busy.delete(partition);
        }
        if (this.next[partition] !== from || (records[0]?.offset ?? next) < from) throw new Error('superseded');
        this.next[partition] = next;
        this.marks.set(partition, markBefore(next));
        this.records.set(partition, [...(this.records.get(partition) ?? []), ...records]);
      },
      revoked: (partition) => {
        this.revoked.push(partition);
        return Promise.resolve();
      },
    };
  }
}

export interface MemberMessage {
  readonly said: 'handling' | 'aborted' | 'owned';
  readonly partition?: Partition;
  readonly offsets?: readonly Offset[];
  readonly owned?: readonly Partition[];
}

/** A member of a group in a process of its own. Its handler reports its batches, and never ends. */
export function forkMember(
  site: LogSite,
  group: string,
): { readonly said: MemberMessage[]; signal(name: NodeJS.Signals): void; end(): Promise<void> } {
  const child = fork(site.member.program, [JSON.stringify({ ...site.member.options, group })], { execArgv: [] });
  const said: MemberMessage[] = [];
  child.on('message', (message) => said.push(message as MemberMessage));
  const gone = once(child, 'exit');
  return {
    said,
    signal: (name) => void child.kill(name),
    async end() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** Releases in reverse order. */
export function createReleases(): { defer(release: () => Promise<unknown>): void; releaseAll(): Promise<void> } {
  const releases: (() => Promise<unknown>)[] = [];
  return {
    defer: (release) => void releases.push(release),
    async releaseAll() {
      for (let release = releases.pop(); release; release = releases.pop()) await release();
    },
  };
}
