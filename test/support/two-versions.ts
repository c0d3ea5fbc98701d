import { z } from 'zod';
import type { Domain } from '../../src/engine/domain/define-domain.js';
import { defineDomain } from '../../src/engine/domain/define-domain.js';
import type { Aggregate } from '../../src/engine/domain/decide.js';
import { accept, append, defineCommand, streamOf } from '../../src/engine/domain/decide.js';

interface Counted {
  readonly type: 'Counted';
  readonly data: { readonly counterId: string; readonly by: number };
}
interface Reset {
  readonly type: 'Reset';
  readonly data: { readonly counterId: string };
}
type CounterEvent = Counted | Reset;

const counter: Aggregate<{ readonly sum: number }, CounterEvent> = {
  name: 'counter',
  initialState: { sum: 0 },
  evolve: ({ sum }, event) => ({ sum: event.type === 'Reset' ? 0 : sum + event.data.by }),
};

const counterId = z.string();
const base = { version: 1, key: (data: { readonly counterId: string }) => data.counterId } as const;
const reads = (data: { readonly counterId: string }) => ({ counter: streamOf(counter, data.counterId) });

const count = defineCommand({
  ...base,
  reads,
  type: 'Count',
  schema: z.strictObject({ counterId, by: z.number() }),
  decide: ({ data }, _states, streams) => accept(append(streams.counter, { type: 'Counted', data })),
});
/** Changes nothing, and is of every version. */
const touch = defineCommand({
  ...base,
  reads,
  type: 'Touch',
  schema: z.strictObject({ counterId }),
  decide: () => accept(),
});
/** The newer version decides it by an event that is new. */
const restart = (isNew: boolean) =>
  defineCommand({
    ...base,
    reads,
    type: 'Restart',
    untilRead: 'held',
    schema: z.strictObject({ counterId }),
    decide: ({ data }, _states, streams) =>
      isNew ? accept(append(streams.counter, { type: 'Reset', data })) : accept(),
  });
const reset = defineCommand({
  ...base,
  reads,
  type: 'Reset',
  schema: z.strictObject({ counterId }),
  decide: ({ data }, _states, streams) => accept(append(streams.counter, { type: 'Reset', data })),
});

const ofCounter = { aggregate: 'counter', audience: 'subscribers', access: 'none', readModels: [] } as const;
const personal = { counterId: 'no', by: 'no' } as const;

/** A domain before and after a change: an event of a new version, an event of a new type, and a new command. */
export const OLDER: Domain = defineDomain<Counted>({
  events: { Counted: { ...ofCounter, schema: { version: 1, upcasts: [] }, personal } },
  commands: { Count: count, Touch: touch, Restart: restart(false) },
});
export const NEWER: Domain = defineDomain<CounterEvent>({
  events: {
    Counted: { ...ofCounter, schema: { version: 2, upcasts: [(data) => data] }, personal },
    Reset: { ...ofCounter, schema: { version: 1, upcasts: [] }, personal: { counterId: 'no' } },
  },
  commands: { Count: count, Touch: touch, Restart: restart(true), Reset: reset },
});
