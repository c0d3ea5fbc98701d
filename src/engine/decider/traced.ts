import type { Partition, SpanId } from '../domain/ids.js';
import type { CommandHandler, CommandLog, CommandRecord } from '../log/command-log.js';
import type { EventFeed } from '../log/event-feed.js';
import type { Span, Tracer } from '../runtime/tracing.js';
import { codeOf, startBatchSpan, within } from '../runtime/tracing.js';
import type { Commit, EventStore } from '../store/event-store.js';

interface Parts {
  readonly log: CommandLog;
  readonly store: EventStore;
  readonly feed: EventFeed;
}

/**
 * The parts of a decider, with spans for sampled commands: one from the hand-over of a command to its stored outcome,
 * which its events carry on; and for each batch one for storing it and one for publishing it.
 */
export function traceDecisions<P extends Parts>(parts: P, tracer: Tracer): P {
  const { log, store, feed } = parts;
  /** Of the commands that are being decided. */
  const open = new Map<SpanId, Span>();
  return {
    ...parts,
    log: { ...log, consume: (wanted) => log.consume({ ...wanted, handler: traceHandler(wanted.handler) }) },
    store: { ...store, commit: (commit) => storeTraced(commit) },
    feed: {
      ...feed,
      publish(batch) {
        const span = startBatchSpan(tracer, 'publish events', 'producer', batch.events, () => ({
          'madang.partition': batch.partition,
          'madang.position': batch.head,
          'madang.events': batch.events.length,
        }));
        return span ? within(span, () => feed.publish(batch)) : feed.publish(batch);
      },
    },
  };

  function traceHandler(handler: CommandHandler): CommandHandler {
    return {
      ...handler,
      async handle(batch, signal) {
        if (!batch.records.some(isSampledRecord)) return handler.handle(batch, signal);
        const spans: Span[] = [];
        const records = batch.records.map((record) => begin(batch.partition, record, spans));
        try {
          await handler.handle({ ...batch, records }, signal);
        } catch (error) {
          for (const span of spans) span.failed(codeOf(error));
          throw error;
        } finally {
          for (const span of spans) {
            open.delete(span.place.span);
            span.end();
          }
        }
      },
    };
  }

  function begin(partition: Partition, record: CommandRecord, spans: Span[]): CommandRecord {
    if (!isSampledRecord(record)) return record;
    const { command, offset } = record;
    const { type, traceId, commandId, span: parent } = command;
    const span = tracer.start(`decide ${type}`, {
      kind: 'consumer',
      traceId,
      parent,
      attributes: {
        'madang.queue': log.queue,
        'madang.command.type': type,
        'madang.command.id': commandId,
        'madang.partition': partition,
        'madang.offset': offset,
      },
    });
    spans.push(span);
    open.set(span.place.span, span);
    return { ...record, command: { ...command, span: span.place.span } };
  }

  function storeTraced(commit: Commit): ReturnType<EventStore['commit']> {
    const { outcomes, partition } = commit;
    const span = startBatchSpan(tracer, 'store batch', 'internal', outcomes, () => ({
      'madang.queue': log.queue,
      'madang.partition': partition,
      'madang.commands': outcomes.length,
      'madang.events': outcomes.reduce((sum, { events }) => sum + events.length, 0),
    }));
    if (!span) return store.commit(commit);
    return within(span, async () => {
      const result = await store.commit(commit);
      span.set({ 'madang.result': result.status });
      if (result.status !== 'committed') return result;
      span.set({ 'madang.wait_ms': result.timing.waitMs, 'madang.commit_ms': result.timing.commitMs });
      for (const { span: id, events, rejection } of outcomes) {
        const decided = id === undefined ? undefined : open.get(id);
        if (!decided) continue;
        // From the command to the batch, which is in the trace of the first sampled command.
        decided.link(span.place);
        decided.set({ 'madang.events': events.length, ...(rejection ? { 'madang.rejection': rejection.code } : {}) });
      }
      return result;
    });
  }
}

type Readable = Extract<CommandRecord, { readonly command: unknown }>;

const isSampledRecord = (record: CommandRecord): record is Readable =>
  !('unreadable' in record) && record.command.span !== undefined;
