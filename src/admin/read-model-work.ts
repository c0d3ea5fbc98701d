import type { Choice, WorkOptions } from '../engine/rebuild/choice.js';
import type { RebuildResult } from '../engine/rebuild/rebuild.js';
import { rebuild } from '../engine/rebuild/rebuild.js';
import type { RolledBack } from '../engine/rebuild/rollback.js';
import { abandonNext, dropKept, rollback } from '../engine/rebuild/rollback.js';
import type { VerifyResult } from '../engine/rebuild/verify.js';
import { verify } from '../engine/rebuild/verify.js';
import type { ActionOutcome, ReadModelActionKind } from './operator-actions.js';
import type { ReadModelAccess } from './read-models.js';
import type { Worked } from './run-action.js';

type Failures = RebuildResult['failed'];

const done = (text: string, counts: Readonly<Record<string, number>>): ActionOutcome => ({
  result: { text, counts },
  message: null,
});

const namesOf = (choices: readonly { readonly name: string }[]): string => choices.map(({ name }) => name).join(', ');

/** Null where nothing failed. Messages of drivers may repeat a user's data. */
const failure = (failed: Failures, what: string): string | null =>
  failed.length === 0
    ? null
    : failed.map(({ name, error }) => `${name} ${what} (${error.name}): see the log of its process`).join('; ');

/** Work on read models as the console and the command-line tool do it, with what is recorded of it. */
export const READ_MODEL_WORK = {
  async rebuild(options: WorkOptions): Promise<Worked<RebuildResult>> {
    const value = await rebuild(options);
    const { rebuilt, failed } = value;
    const events = Math.max(0, ...rebuilt.map((each) => each.events));
    const result = { text: `${namesOf(rebuilt)}: rebuilt from ${events} events`, counts: { events } };
    return {
      value,
      outcome: {
        result: rebuilt.length > 0 ? result : null,
        message: failure(failed, 'is not rebuilt, and the live one still serves'),
      },
    };
  },

  async verify(options: WorkOptions): Promise<Worked<VerifyResult>> {
    const value = await verify(options);
    const { verified, failed } = value;
    const different = verified.filter(({ equal }) => !equal);
    const rows = verified.reduce((sum, each) => sum + each.rows, 0);
    const differences = verified.reduce((sum, { missing, extra, altered }) => sum + missing + extra + altered, 0);
    const text =
      different.length === 0
        ? `${namesOf(verified)}: equal to the events, in ${rows} rows`
        : `${namesOf(different)}: not equal to the events. A rebuild corrects it; keep the proof, since this is a bug`;
    return {
      value,
      outcome: {
        result: verified.length > 0 ? { text, counts: { rows, differences }, verified } : null,
        message: failure(failed, 'could not be compared'),
      },
    };
  },

  async rollBack(options: WorkOptions): Promise<Worked<RolledBack>> {
    const value = await rollback(options, options.choices[0]!);
    const text = `${value.name}: rolled back to version ${value.version}, caught up by ${value.events} events`;
    return { value, outcome: done(text, { events: value.events, generations: 1 }) };
  },

  async abandon(options: WorkOptions): Promise<Worked<boolean>> {
    const value = await abandonNext(options, options.choices[0]!);
    const text = value ? 'the unfinished generation is deleted' : 'no rebuild was begun';
    return { value, outcome: done(text, { generations: value ? 1 : 0 }) };
  },

  async dropKept(options: WorkOptions): Promise<Worked<boolean>> {
    const value = await dropKept(options, options.choices[0]!);
    const text = value ? 'the kept generation is deleted' : 'nothing was kept';
    return { value, outcome: done(text, { generations: value ? 1 : 0 }) };
  },
} as const;

/** The work of each kind of action. */
export const WORK_OF_KIND: Readonly<Record<ReadModelActionKind, (options: WorkOptions) => Promise<Worked<unknown>>>> = {
  REBUILD: READ_MODEL_WORK.rebuild,
  VERIFY: READ_MODEL_WORK.verify,
  ROLL_BACK: READ_MODEL_WORK.rollBack,
  ABANDON_REBUILD: READ_MODEL_WORK.abandon,
  DROP_KEPT: READ_MODEL_WORK.dropKept,
};

/** What an action on a read model is going to do: numbers, as of now. */
export async function previewReadModelAction(
  { generations, events, partitions }: Pick<ReadModelAccess, 'generations' | 'events' | 'partitions'>,
  kind: ReadModelActionKind,
  choice: Choice,
): Promise<Readonly<Record<string, number>>> {
  const { projection, store } = choice;
  const begun = (await generations.list(projection.name)).filter(({ role }) => role === 'next');
  const total = async (): Promise<number> => (await events.heads()).reduce((sum, head) => sum + head, 0);
  switch (kind) {
    case 'REBUILD': {
      const foldedSoFar = begun.reduce((most, { done: folded }) => Math.max(most, folded), 0);
      const kept = await store.kept(projection, partitions);
      // The swap keeps the generation that is live now, in the place of an older one.
      return { events: Math.max(0, (await total()) - foldedSoFar), generationsDropped: kept ? 1 : 0 };
    }
    case 'VERIFY':
      return { events: await total() };
    case 'ROLL_BACK': {
      const kept = await store.kept(projection, partitions);
      if (!kept) return { events: 0, generations: 0 };
      const positions = await store.positions({ projection, space: kept.space }, partitions);
      const folded = positions.reduce((sum, at) => sum + at, 0);
      return { events: Math.max(0, (await total()) - folded), generations: 1 };
    }
    case 'ABANDON_REBUILD':
      return { generations: begun.length };
    case 'DROP_KEPT':
      return { generations: (await store.kept(projection, partitions)) ? 1 : 0 };
    default:
      return kind satisfies never;
  }
}
