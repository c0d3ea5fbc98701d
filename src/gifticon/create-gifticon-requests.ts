import type { Receipt } from '../engine/domain/receipt.js';
import type { CommandId, Offset, Partition, UserId } from '../engine/domain/ids.js';
import type { CampaignId } from '../events/ids.js';
import { offset } from '../engine/domain/ids.js';
import type { Logger } from '../engine/runtime/logging.js';
import type { Metrics } from '../metrics.js';
import type { CommandLog, CommandRecord, Tail } from '../engine/log/command-log.js';
import { checkpointName, isLogError } from '../engine/log/command-log.js';
import type { EventStore } from '../engine/store/event-store.js';
import type { LogClock } from '../engine/runtime/remote-clock.js';
import { RETRIES, pause, pauseMs } from '../engine/runtime/retry.js';
import type { CampaignQueries } from '../projections/gifticon/campaigns/query.js';
import { createAdmissionControl } from './admission-control.js';
import { LateAnswerError } from './bulk-lookup.js';
import { createCampaignBoard } from './campaign-board.js';
import { isOfGifticons } from './campaign-events.js';
import { createCampaignProgress } from './campaign-progress.js';
import type { RequestTaker } from './campaign-progress.js';
import { createDecisions } from './decisions.js';
import type { FollowingGifticonQueue, QueuedRequestStatus, RequestStatus } from './gifticon-requests.js';
import { createDrainRate } from './drain-rate.js';
import { createFirstRequests } from './first-requests.js';
import { createOutcomes } from './outcomes.js';
import { createQueueEnd } from './queue-end.js';
import { oneStatus } from './request-status-source.js';
import type { CampaignLine, WaitingRequest } from './request-index.js';
import { createRequestNumbers } from './request-numbers.js';
import { createWaitingLine } from './waiting-line.js';
import { createWatchers } from './watchers.js';

export interface GifticonQueueOptions {
  /** The issuer's queue. */
  readonly requests: CommandLog;
  readonly store: EventStore;
  readonly campaigns: CampaignQueries;
  /**
   * Waits for a bounded time until the read models hold everything decided by now; says whether they do. Asked before
   * the answer that a campaign does not exist. Without it, a "no" of the read model is believed.
   */
  readonly settled?: (partition: Partition) => Promise<boolean>;
  readonly partitions: number;
  /** The shortest time between two updates for a watcher of a request, in milliseconds. */
  readonly updateEveryMs?: number;
  /** Default: the clock of this machine. */
  readonly clock?: LogClock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const UPDATE_EVERY_MS = 1_000;
const UPDATES_PER_SECOND = 1_000;
const isPassing = (error: unknown): boolean =>
  error instanceof LateAnswerError || (isLogError(error) && error.code === 'LOG_UNAVAILABLE');
/** The offset before the first: nothing was read. */
const NOWHERE = offset(-1);

export function createGifticonQueue(options: GifticonQueueOptions): FollowingGifticonQueue {
  const {
    requests,
    store,
    campaigns,
    settled,
    partitions,
    updateEveryMs = UPDATE_EVERY_MS,
    clock = { now: Date.now, errorMs: () => 0 },
    logger,
    metrics,
  } = options;
  const stopping = new AbortController();
  let tail: Tail | undefined;
  let stopped: Promise<void> | undefined;

  // A receipt of either engine: the deployment may have changed it.
  const isRequest = (receipt: Receipt): boolean => receipt.queue.endsWith(`:${requests.queue}`);
  const decidedUpTo = (): Promise<readonly Offset[]> => store.decidedUpTo(checkpointName(requests));

  const board = createCampaignBoard({ campaigns, settled, partitions, logger });
  const firsts = createFirstRequests(store);
  const outcomes = createOutcomes({ store, firsts, isRequest });
  const rates = Array.from({ length: partitions }, () => createDrainRate());
  const numbers = createRequestNumbers({
    partitions,
    decidedCounts: (keys) => store.decidedCounts(checkpointName(requests), keys),
    tailed: (partition) => tail?.next(partition) ?? NOWHERE,
  });
  const line = createWaitingLine({
    partitions,
    numbers,
    decidedAt: (id) => outcomes.recent(id)?.offset,
    advanced: (partition, by) => rates[partition]!.onDecided(by),
    lost(gone) {
      logger.warn(
        { requests: gone.length },
        'the queue of gifticon requests was recreated; undecided requests are lost',
      );
      gone.forEach(watchers.lose);
    },
  });
  const watchers = createWatchers({
    statusOf: queued,
    ahead: line.ahead,
    updateEveryMs,
    updatesPerSecond: UPDATES_PER_SECOND,
  });
  const decisions = createDecisions({ decidedUpTo, partitions, line, outcomes, firsts, watchers, isRequest, logger });
  /** Partitions whose queue is read again, while the offset to begin at is being looked up. */
  const reopening = new Set<Partition>();
  const end = createQueueEnd({
    requests,
    next: (partition) => (reopening.has(partition) ? NOWHERE : (tail?.next(partition) ?? offset(0))),
  });
  const brought = ({ campaign: { partition }, offset: at }: WaitingRequest): Promise<boolean> =>
    end.readSoon(partition, at);
  const upToNow = (): Promise<boolean> => end.reachedSoon().catch(() => false);
  const request = createAdmissionControl({
    requests,
    line,
    board,
    outcomes,
    firsts,
    queued,
    brought,
    upToNow,
    appended: decisions.added,
    clock,
    metrics,
  });

  function queued(waiting: WaitingRequest): QueuedRequestStatus {
    const { id, userId, campaign } = waiting;
    const ahead = line.ahead(waiting);
    const etaSeconds = secondsUntil(ahead, campaign);
    return { id, campaignId: campaign.id, userId, number: numberOf(waiting), status: 'QUEUED', ahead, etaSeconds };
  }

  function numberOf({ campaign, ordinal }: WaitingRequest): number | null {
    return numbers.numberOf(campaign.id, ordinal);
  }

  function secondsUntil(ahead: number, { id, partition }: CampaignLine): number | null {
    const rate = rates[partition]!.lastKnown();
    // A paused campaign also holds back the campaigns behind it in its partition.
    const holding = line.foremost(partition)?.campaign.id;
    if (!rate || isPaused(id) || (holding !== undefined && holding !== id && isPaused(holding))) return null;
    return Math.ceil(((ahead + 1) * 10) / rate) / 10;
  }

  const isPaused = (id: CampaignId): boolean => board.get(id)?.paused ?? false;

  function records(partition: Partition, brought: readonly CommandRecord[]): void {
    const nobody = line.waitingIn(partition) === 0;
    line.brought(partition, brought);
    end.moved();
    const foremost = line.foremost(partition);
    if (foremost) decisions.added(nobody && line.ahead(foremost) > 0);
  }

  /** Where the partition is being read again, its waiting requests are looked for in the new queue first. */
  const replaced = (partition: Partition): void => {
    if (!reopening.has(partition)) line.replaced(partition);
  };

  const fromStore = async (id: CommandId, userId: UserId): Promise<RequestStatus | null> => {
    const receipt = await outcomes.find(id);
    return receipt && isRequest(receipt) && receipt.userId === userId ? outcomes.outcomeOf(receipt) : null;
  };

  const inLine = (id: CommandId, userId: UserId): RequestStatus | null => {
    const waiting = line.find(id, userId);
    return waiting && queued(waiting);
  };

  const requestStatus = async (id: CommandId, userId: UserId): Promise<RequestStatus | null> => {
    const known = inLine(id, userId) ?? (await fromStore(id, userId).catch(() => null)) ?? inLine(id, userId);
    if (known) return known;
    // Another server may have taken it a moment ago.
    const upToNow = await end.reachedSoon();
    const found = inLine(id, userId) ?? (await fromStore(id, userId)) ?? inLine(id, userId);
    if (!found && !upToNow) throw new LateAnswerError('the queue has not been read up to its end yet: ask again');
    return found;
  };

  /**
   * Hands over the request where it waits, else its outcome. A waiting one is handed over in the step that finds it:
   * who observes it only after that would miss a decision that comes in between.
   */
  const look = async <T>(
    id: CommandId,
    userId: UserId,
    { waiting, settled: over }: RequestTaker<T>,
  ): Promise<Awaited<T> | null> => {
    for (;;) {
      const found = line.find(id, userId);
      if (found) return await waiting(found);
      const known = await requestStatus(id, userId);
      // Where it was decided during the lookup, it is looked up once more.
      if (known?.status !== 'QUEUED') return known && (await over(known));
    }
  };

  const reopen = async (partition: Partition): Promise<void> => {
    for (let failures = 0; !stopping.signal.aborted; failures++) {
      try {
        const asked = line.next(partition);
        const stored = (await decidedUpTo())[partition] ?? offset(0);
        tail?.seek(partition, line.again(partition, stored, asked));
        reopening.delete(partition);
        await end.reached(stopping.signal);
        if (!reopening.has(partition)) line.dropLost(partition);
        return decisions.added(true);
      } catch (error) {
        logger.warn({ err: error, partition }, 'could not read the queue of gifticon requests again; retrying');
        await pause(pauseMs(RETRIES.work, failures), stopping.signal);
      }
    }
  };

  /** The start waits for a slow log as long as a start may take, and logs it meanwhile. */
  const untilRead = async (): Promise<void> => {
    for (let failures = 0; ; failures++) {
      try {
        return void (await end.reached(stopping.signal));
      } catch (error) {
        if (stopping.signal.aborted || !isPassing(error)) throw error;
        logger.warn({ err: error }, 'could not read the end of the queue of gifticon requests; retrying');
        await pause(pauseMs(RETRIES.work, failures), stopping.signal);
      }
    }
  };

  const close = async (): Promise<void> => {
    stopping.abort();
    await tail?.stop();
    watchers.stop();
    numbers.stop();
    await decisions.stop();
  };
  const stop = (): Promise<void> => (stopped ??= close());

  return {
    async start() {
      await board.start();
      const from = await decidedUpTo();
      for (let partition = 0; partition < partitions; partition++) line.begin(partition, from[partition] ?? offset(0));
      tail = await requests.tail({
        from: Array.from({ length: partitions }, (_, partition) => line.next(partition)),
        records,
        replaced,
      });
      await untilRead();
    },
    readSoFar: () =>
      Array.from(
        { length: partitions },
        (_, partition) => `partition ${partition} up to ${tail?.next(partition) ?? 'nowhere'}`,
      ).join(', '),
    onDecided: decisions.onDecided,
    forked(partition) {
      outcomes.forget();
      firsts.forget();
      board.forget();
      decisions.forget();
      if (!tail || reopening.has(partition)) return;
      reopening.add(partition);
      void reopen(partition);
    },
    onEvents(events) {
      for (const event of events) {
        if (!isOfGifticons(event)) continue;
        decisions.onEvents(event);
        board.onEvents(event);
      }
    },

    request,
    requestStatus,
    outcome: (id, userId, signal) =>
      look<Promise<RequestStatus | null> | RequestStatus>(id, userId, {
        waiting: (found) => watchers.outcome(found, signal),
        settled: (outcome) => outcome,
      }),
    watch: (id, userId, signal, places) =>
      look(id, userId, {
        waiting: (found) => watchers.watch(found, signal, places),
        settled: (outcome) => oneStatus(outcome, signal),
      }),
    ...createCampaignProgress({
      board,
      line,
      numbers,
      ratePerSecond: (partition) => rates[partition]!.perSecond(),
      look,
      brought,
      now: () => clock.now(),
    }),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
