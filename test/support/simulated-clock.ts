import type { Clock } from '../../src/engine/pacing/pacer.js';

/** A clock as fast as the computer: timers fire in order, and promises settle in between. */
export interface SimulatedClock extends Clock {
  /** Like `after`, for a call that settles no promise: nothing is awaited after it. */
  afterAlone(ms: number, call: () => void): () => void;
  /** Advances time to this moment. */
  runTo(ms: number): Promise<void>;
  /** The number of pending calls. */
  readonly pending: number;
}

interface Due {
  readonly at: number;
  readonly order: number;
  readonly call: () => void;
  readonly alone: boolean;
  off: boolean;
}

export function createSimulatedClock(): SimulatedClock {
  const heap: Due[] = [];
  let now = 0;
  let orders = 0;
  const before = (a: Due, b: Due): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

  function push(due: Due): void {
    let index = heap.push(due) - 1;
    for (let up = (index - 1) >> 1; index > 0 && before(due, heap[up]!); index = up, up = (index - 1) >> 1) {
      heap[index] = heap[up]!;
      heap[up] = due;
    }
  }

  function pop(): Due {
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length > 0) {
      let index = 0;
      heap[0] = last;
      for (;;) {
        const left = 2 * index + 1;
        const child = left + 1 < heap.length && before(heap[left + 1]!, heap[left]!) ? left + 1 : left;
        if (child >= heap.length || !before(heap[child]!, last)) break;
        heap[index] = heap[child]!;
        heap[child] = last;
        index = child;
      }
    }
    return first;
  }

  function plan(ms: number, call: () => void, alone: boolean): () => void {
    const due: Due = { at: ms > 0 ? now + ms : now, order: orders++, call, alone, off: false };
    push(due);
    return () => {
      due.off = true;
    };
  }

  return {
    now: () => now,
    after: (ms, call) => plan(ms, call, false),
    afterAlone: (ms, call) => plan(ms, call, true),
    async runTo(end) {
      while (heap.length > 0 && heap[0]!.at <= end) {
        const { at, call, alone, off } = pop();
        if (off) continue;
        now = at;
        call();
        if (alone) continue;
        // A chain of awaits is a few turns of the microtask queue.
        for (let turn = 0; turn < 6; turn++) await Promise.resolve();
      }
      now = end;
    },
    get pending() {
      return heap.filter(({ off }) => !off).length;
    },
  };
}
