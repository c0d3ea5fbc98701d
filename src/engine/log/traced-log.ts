import type { Tracer } from '../runtime/tracing.js';
import { within } from '../runtime/tracing.js';
import type { CommandLog } from './command-log.js';

/** The log, with a span for each append of a sampled command. The span travels with the command. */
export function traceAppends(log: CommandLog, tracer: Tracer): CommandLog {
  return {
    ...log,
    append(command) {
      const { type, traceId, commandId, span: parent } = command;
      if (parent === undefined) return log.append(command);
      const attributes = { 'madang.queue': log.queue, 'madang.command.type': type, 'madang.command.id': commandId };
      const span = tracer.start(`append ${type}`, { kind: 'producer', traceId, parent, attributes });
      return within(span, async () => {
        const place = await log.append({ ...command, span: span.place.span });
        span.set({ 'madang.partition': place.partition, 'madang.offset': place.offset });
        return place;
      });
    },
  };
}
