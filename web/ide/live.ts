import type { Observable } from '@graphiql/toolkit';
import type { ExecutionResult } from 'graphql';

/** How many results before the newest stay in view. */
const KEPT = 20;

interface Sink {
  next(result: ExecutionResult & { earlier?: unknown[] }): void;
  error(error: unknown): void;
  complete(): void;
}

/**
 * The response pane shows one result at a time. For a subscription that would be the last event alone, and a busy room
 * would redraw it for each one: so the newest comes with those before it, at most once a frame.
 */
export function live(source: AsyncIterableIterator<ExecutionResult>): Observable<ExecutionResult> {
  const observable = {
    subscribe(sink: Sink) {
      const results: ExecutionResult[] = [];
      let frame: number | null = null;
      let stopped = false;

      const show = () => {
        frame = null;
        const [newest, ...earlier] = results;
        if (newest && !stopped) {
          sink.next(earlier.length > 0 ? { ...newest, earlier: earlier.map((result) => result.data) } : newest);
        }
      };

      const listen = async () => {
        try {
          for await (const result of source) {
            results.unshift(result);
            results.length = Math.min(results.length, KEPT + 1);
            frame ??= requestAnimationFrame(show);
          }
          if (frame !== null) cancelAnimationFrame(frame);
          show();
          if (!stopped) sink.complete();
        } catch (error) {
          if (!stopped) sink.error(error);
        }
      };
      void listen();

      return {
        unsubscribe: () => {
          stopped = true;
          void source.return?.();
        },
      };
    },
  };
  // The type has a second way to subscribe, with three functions, which GraphiQL does not use.
  return observable as Observable<ExecutionResult>;
}
