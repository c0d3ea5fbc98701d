import { performance } from 'node:perf_hooks';
import type { CommandEnvelope } from '../domain/envelope.js';
import { fingerprint } from '../domain/fingerprint.js';
import type { CommandCatalog } from '../domain/decide.js';
import type { Receipt } from '../domain/receipt.js';
import { engineRejection, isProvisional } from '../domain/receipt.js';
import type { RecordedEvent } from '../domain/event.js';
import type { CommandId, EpochPosition, LogPosition, Partition, Position, UserId } from '../domain/ids.js';
import { ERASED_USER } from '../domain/ids.js';
import { withTimeout } from '../runtime/deadline.js';
import type { Logger } from '../runtime/logging.js';
import type { EngineMetrics } from '../runtime/metrics.js';
import type { CommandLog } from '../log/command-log.js';
import { LogError, notYetRead } from '../log/command-log.js';
import type { EventStore } from '../store/event-store.js';
import type { ReadModelProgress } from './read-model-progress.js';
import type { Decided, ReceiptWaiters } from './receipt-waiters.js';

/** The stage for which a mutation waits before it answers. */
export type CommandStage = 'ACCEPTED' | 'DECIDED' | 'PROJECTED';

/** The result of a submission: accepted and not yet decided, or its receipt with its events. */
export type Submission =
  | { readonly status: 'ACCEPTED'; readonly commandId: CommandId }
  | {
      readonly status: 'DECIDED';
      readonly commandId: CommandId;
      readonly receipt: Receipt;
      readonly events: readonly RecordedEvent[];
    };

export interface Submit {
  readonly command: Omit<CommandEnvelope, 'at' | 'schema'>;
  /** Whether the client made the commandId, so that the command may have been sent before. */
  readonly mayRepeat: boolean;
  readonly waitFor: CommandStage;
}

export interface CommandGateway {
  /**
   * Makes the command durable, and waits for its stage for a bounded time; after that the answer is ACCEPTED.
   * @throws {LogError} the command could not be made durable
   */
  submit(submit: Submit): Promise<Submission>;
  /** The outcome of a command of this user, or null: unknown, undecided, or another user's. */
  receipt(commandId: CommandId, userId: UserId): Promise<Receipt | null>;
  /** Resolves with the outcome of a command of this user, now or when it is decided; null if `signal` ends the wait. */
  settled(commandId: CommandId, userId: UserId, signal: AbortSignal): Promise<Receipt | null>;
  /** The positions of the user's last commands through this server: the user's queries here should see them. */
  lastWrites(userId: UserId): readonly LogPosition[];
}

export interface CommandGatewayOptions {
  readonly commands: CommandCatalog;
  readonly log: CommandLog;
  readonly store: EventStore;
  readonly waiters: ReceiptWaiters;
  readonly progress: ReadModelProgress;
  readonly sessions: SessionPositions;
  /** Maximum wait of a mutation, in milliseconds. */
  readonly timeoutMs: number;
  readonly logger: Logger;
  readonly metrics: EngineMetrics;
}

/** The last write of each user by partition, for a bounded number of users. */
export interface SessionPositions {
  wrote(userId: UserId, at: LogPosition): void;
  of(userId: UserId): readonly LogPosition[];
  /** The log has lost the positions after this one in the partition. */
  forked(partition: Partition, after: Position): void;
}

/** The outcome was decided and lost by the database: the log may still have the command. */
const lostOutcome = (): LogError =>
  new LogError('LOG_UNAVAILABLE', 'the database has lost the outcome of this command: send the same again');

export function createCommandGateway(options: CommandGatewayOptions): CommandGateway {
  const { commands, log, store, waiters, progress, sessions, timeoutMs, logger, metrics } = options;

  const eventsOf = async (receipt: Receipt): Promise<readonly RecordedEvent[]> => {
    if (receipt.events === 0) return [];
    const first = (receipt.position - receipt.events) as Receipt['position'];
    return store.readPartition(receipt.partition, first, receipt.events);
  };

  /** The same id with other content, or from another user, is refused; the first outcome stays. */
  const outcome = (
    command: CommandEnvelope,
    mayRepeat: boolean,
    receipt: Receipt,
    events: readonly RecordedEvent[],
  ): Submission => {
    const { commandId } = command;
    // An id that was made for this command is no other's.
    const isOwn = !mayRepeat && receipt.userId === command.userId;
    if (isOwn || receipt.fingerprint === fingerprint(command)) return { status: 'DECIDED', commandId, receipt, events };
    // The content of the first command is unknown once the account of its user is deleted.
    const code = receipt.userId === ERASED_USER ? 'ACCOUNT_DELETED' : 'COMMAND_ID_REUSED';
    const refused: Receipt = {
      ...receipt,
      userId: command.userId,
      traceId: command.traceId,
      rejection: engineRejection(code),
      events: 0,
    };
    return { status: 'DECIDED', commandId, receipt: refused, events: [] };
  };

  return {
    async submit({ command: stamped, mayRepeat, waitFor }) {
      const started = performance.now();
      const schema = commands(stamped.type)?.version ?? 1;
      const command: CommandEnvelope = { ...stamped, schema, at: new Date().toISOString() };
      const { commandId, type, userId, traceId } = command;

      if (waitFor === 'ACCEPTED') {
        const stored = mayRepeat ? (await store.receipts([commandId])).get(commandId) : undefined;
        const earlier = stored && !isProvisional(stored) ? stored : undefined;
        if (earlier) return outcome(command, mayRepeat, earlier, await eventsOf(earlier));
        await accept(command);
        return { status: 'ACCEPTED', commandId };
      }

      return withTimeout(timeoutMs, async (deadline) => {
        const waiting = waiters.wait(commandId, deadline);
        let appended: Awaited<ReturnType<CommandLog['append']>>;
        try {
          appended = await accept(command);
        } catch (error) {
          waiting.cancel();
          throw error;
        }
        const isOfEarlierTry = ({ receipt }: Decided): boolean =>
          isProvisional(receipt) && receipt.offset < appended.offset && receipt.fingerprint === fingerprint(command);
        let decided = await waiting.outcome;
        // The poll may find the receipt that this try is about to replace.
        while (decided && isOfEarlierTry(decided)) decided = await waiters.wait(commandId, deadline).outcome;
        if (!decided) return { status: 'ACCEPTED', commandId };
        const { partition, position } = decided.receipt;
        const at: EpochPosition = { partition, position, epoch: store.epochs.epochOf(decided.receipt) };
        metrics.commandDecidedSeconds.observe({ type }, (performance.now() - started) / 1000);
        const answer = outcome(
          command,
          mayRepeat,
          decided.receipt,
          decided.events ?? (await eventsOf(decided.receipt)),
        );
        if (!store.epochs.has(at)) throw lostOutcome();
        if (answer.status === 'DECIDED' && isProvisional(answer.receipt)) throw notYetRead();
        if (answer.status === 'DECIDED' && !answer.receipt.rejection) {
          sessions.wrote(userId, answer.receipt);
          if (waitFor === 'PROJECTED' && !(await progress.reached(answer.receipt, deadline))) {
            if (!store.epochs.has(at)) throw lostOutcome();
            return { status: 'ACCEPTED', commandId };
          }
        }
        return answer;
      });

      async function accept(accepted: CommandEnvelope): ReturnType<CommandLog['append']> {
        const at = await log.append(accepted);
        metrics.commandsAccepted.inc({ type });
        metrics.commandAcceptedSeconds.observe({ type }, (performance.now() - started) / 1000);
        logger.debug(
          { traceId, commandId, type, userId, partition: at.partition, offset: at.offset },
          'command accepted',
        );
        return at;
      }
    },

    async receipt(commandId, userId) {
      const found = (await store.receipts([commandId])).get(commandId);
      return found && found.userId === userId ? found : null;
    },

    async settled(commandId, userId, signal) {
      const waiting = waiters.wait(commandId, signal);
      const earlier = (await store.receipts([commandId])).get(commandId);
      if (earlier) waiting.cancel();
      const receipt = earlier ?? (await waiting.outcome)?.receipt;
      return receipt && receipt.userId === userId ? receipt : null;
    },

    lastWrites: (userId) => sessions.of(userId),
  };
}
