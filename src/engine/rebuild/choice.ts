import type { EventStore } from '../store/event-store.js';
import type { GenerationStore } from './generation-store.js';
import type { Generations } from './generations.js';
import type { ProjectionStore } from '../projector/projection-store.js';
import type { Logger } from '../runtime/logging.js';
import type { Projection } from '../projector/projection.js';
import type { Pace } from '../decider/pacing.js';

/** A chosen read model, with the stores of its live and other generations. */
export interface Choice {
  readonly projection: Projection;
  readonly live: ProjectionStore<Projection>;
  readonly store: GenerationStore<Projection>;
  readonly isTransient: (error: unknown) => boolean;
}

/** The phases in their order; `comparing` belongs to a verification. */
export type Phase = 'building' | 'completing' | 'catching up' | 'swapping' | 'comparing';

/** Called often. Events: of the log, on average over the read models that are folded together. Must not throw. */
export type Report = (progress: {
  readonly phase: Phase;
  readonly name: string;
  readonly done: number;
  readonly total: number;
}) => void;

export interface WorkOptions {
  readonly choices: readonly Choice[];
  readonly generations: Generations;
  readonly events: Pick<EventStore, 'catalog' | 'heads' | 'readRange'>;
  readonly partitions: number;
  readonly parallel: number;
  readonly pace: Pace | null;
  readonly report: Report;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** The live version: the lowest of all partitions; null before the first projection. */
export async function liveVersion({ live, projection }: Choice, partitions: number): Promise<number | null> {
  const progress = (await live.progressOfAll([projection], partitions))[0]!;
  const versions = progress.flatMap(({ version }) => version ?? []);
  return versions.length === 0 ? null : Math.min(...versions);
}
