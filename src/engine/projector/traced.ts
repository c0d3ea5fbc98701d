import type { Tracer } from '../runtime/tracing.js';
import { startBatchSpan, within } from '../runtime/tracing.js';
import type { ProjectionStore } from './projection-store.js';

/** The store, with a span for each batch of a read model that has an event of a sampled trace. */
export function traceProjections(store: ProjectionStore, tracer: Tracer): ProjectionStore {
  return {
    ...store,
    apply(projection, partition, from, to, events, parking) {
      const apply = () => store.apply(projection, partition, from, to, events, parking);
      const span = startBatchSpan(tracer, `project ${projection.name}`, 'consumer', events, () => ({
        'madang.read_model': projection.name,
        'madang.partition': partition,
        'madang.position': to,
        'madang.events': events.length,
      }));
      if (!span) return apply();
      return within(span, async () => {
        const result = await apply();
        span.set({ 'madang.result': result });
        return result;
      });
    },
  };
}
