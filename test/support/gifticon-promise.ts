import type { CommandEnvelope } from '../../src/engine/domain/envelope.js';
import type { Receipt } from '../../src/engine/domain/receipt.js';
import type { RejectionCode } from '../../src/commands/rejections.js';
import type { RecordedEvent } from '../../src/events/event.js';
import type { CommandId, Offset, Partition } from '../../src/engine/domain/ids.js';
import type { CampaignId } from '../../src/events/ids.js';

/** A request in the queue, with its place. */
export interface QueuedRequest {
  readonly partition: Partition;
  readonly offset: Offset;
  readonly command: CommandEnvelope;
}

/**
 * Checks the promises about a campaign, after any faults: never more than the stock, never two for one user, first
 * come, first served, and an outcome for every request. It knows the queue, the receipts and the events, and no rule of
 * the program.
 * @param queued the durable requests of the queue, in any order
 * @param events of this campaign, in the order of their positions
 */
export function expectPromiseKept(
  campaign: CampaignId,
  queued: readonly QueuedRequest[],
  receipts: ReadonlyMap<CommandId, Receipt>,
  events: readonly RecordedEvent[],
): void {
  expectOrderlyEvents(events);
  expectOneEffectEach(queued, receipts, events);
  const decided = queued
    .filter(({ command }) => command.key === campaign)
    .filter(({ command, partition, offset }) => isDecidedBy(receipts.get(command.commandId), partition, offset))
    .sort((a, b) => a.offset - b.offset);
  expectServedInOrder(decided, receipts, events);
}

const isDecidedBy = (receipt: Receipt | undefined, partition: Partition, offset: Offset): boolean =>
  receipt?.queue.endsWith(':gifticon.requests') === true &&
  receipt.partition === partition &&
  receipt.offset === offset;

/**
 * The rules that every reader of the log can check: numbers without gaps within the stock, one for each user, and
 * nothing after the last.
 */
function expectOrderlyEvents(events: readonly RecordedEvent[]): void {
  const stocks = new Set<number>();
  const [asked, served] = [new Set<string>(), new Set<string>()];
  let [stock, count, over] = [0, 0, false];
  events.forEach(({ event, commandId }, index) => {
    if (event.type === 'GifticonCampaignCreated') stocks.add((stock = event.data.stock));
    if (event.type === 'GifticonCodesLoaded') {
      expect(event.data.first).toBe(stock + 1);
      stocks.add((stock += event.data.count));
    }
    if (event.type === 'GifticonRequested') {
      expect(event.data.requestId).toBe(commandId);
      expect(asked).not.toContain(event.data.userId);
      asked.add(event.data.userId);
    }
    if (event.type === 'GifticonIssued') {
      expect(event.data).toMatchObject({ nth: ++count, requestId: commandId });
      expect(count).toBeLessThanOrEqual(stock);
      expect(over).toBe(false);
      expect(served).not.toContain(event.data.userId);
      served.add(event.data.userId);
    }
    if (event.type === 'GifticonsSoldOut') {
      expect(over).toBe(false);
      over = true;
      // It comes with the last gifticon. Codes that were loaded at this very moment came too late.
      expect(events[index - 1]).toMatchObject({ commandId, event: { type: 'GifticonIssued', data: { nth: count } } });
      expect(stocks).toContain(count);
    }
  });
}

/** Each record has one outcome, its own or that of the same command before it, and each outcome has its events. */
function expectOneEffectEach(
  queued: readonly QueuedRequest[],
  receipts: ReadonlyMap<CommandId, Receipt>,
  events: readonly RecordedEvent[],
): void {
  for (const { command, partition, offset } of queued) {
    const receipt = receipts.get(command.commandId)!;
    if (isDecidedBy(receipt, partition, offset))
      expect(receipt).toMatchObject({ userId: command.userId, key: command.key });
    else if (receipt.partition === partition) expect(receipt.offset).toBeLessThan(offset);
  }
  const byCommand = new Map<CommandId, RecordedEvent[]>();
  for (const event of events) byCommand.set(event.commandId, [...(byCommand.get(event.commandId) ?? []), event]);
  for (const [id, own] of byCommand) {
    const receipt = receipts.get(id)!;
    expect(own.map(({ position }) => position)).toEqual(
      own.map((_event, index) => receipt.position - receipt.events + 1 + index),
    );
    expect(own).toHaveLength(receipt.events);
  }
}

/** Compares the outcomes with the order of the queue. */
function expectServedInOrder(
  decided: readonly QueuedRequest[],
  receipts: ReadonlyMap<CommandId, Receipt>,
  events: readonly RecordedEvent[],
): void {
  const created = events.find(({ event }) => event.type === 'GifticonCampaignCreated')?.event;
  const { stock, opensAt, closesAt } =
    created?.type === 'GifticonCampaignCreated' ? created.data : { stock: 0, opensAt: '', closesAt: null };
  const first = new Set<string>();
  let [known, filled, late, nth, last] = [false, stock > 0, false, 0, 0];
  for (const { command } of decided) {
    const { userId: user, at } = command;
    const receipt = receipts.get(command.commandId)!;
    const code = (receipt.rejection?.code ?? null) as RejectionCode | null;
    const types = events.filter(({ commandId }) => commandId === command.commandId).map(({ event }) => event.type);
    // Requests are answered in the order of the queue: positions rise with the offsets.
    expect(receipt.position).toBeGreaterThanOrEqual(last);
    last = receipt.position;

    expect(code === 'ALREADY_REQUESTED').toBe(first.has(user));
    switch (code) {
      case null:
        expect(late).toBe(false);
        expect(types.slice(0, 2)).toEqual(['GifticonRequested', 'GifticonIssued']);
        expect(
          events.find((event) => event.commandId === command.commandId && event.event.type === 'GifticonIssued')!.event
            .data,
        ).toMatchObject({ nth: ++nth, userId: user });
        filled = true;
        break;
      case 'SOLD_OUT':
        late = true;
        expect(types).toEqual(['GifticonRequested']);
        expect(events.filter(({ event }) => event.type === 'GifticonsSoldOut')).toHaveLength(1);
        break;
      case 'ALREADY_REQUESTED':
        break;
      case 'CAMPAIGN_NOT_FOUND':
        expect(known).toBe(false);
        break;
      case 'CAMPAIGN_NOT_OPEN':
        expect(at < opensAt || !filled).toBe(true);
        break;
      case 'CAMPAIGN_CLOSED':
        expect(at >= closesAt!).toBe(true);
        break;
      default:
        throw new Error(`a request for a gifticon was answered with ${code}`);
    }
    if (code === null || code === 'SOLD_OUT') {
      first.add(user);
      expect(at >= opensAt && at < (closesAt ?? '9')).toBe(true);
    }
    if (code !== 'CAMPAIGN_NOT_FOUND') known = true;
    if (types.length > 0) expect([null, 'SOLD_OUT']).toContain(code);
  }
  expect(nth).toBe(events.filter(({ event }) => event.type === 'GifticonIssued').length);
  expect(first.size).toBe(events.filter(({ event }) => event.type === 'GifticonRequested').length);
}
