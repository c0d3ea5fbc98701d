import { Arg, Ctx, FieldResolver, ID, Int, Resolver, Root } from 'type-graphql';
import { projectionOf, waitingBehind } from '../../admin/dead-letters.js';
import type { DeadLetterRecord } from '../../engine/store/dead-letter-admin.js';
import type { ApiContext } from '../context.js';
import { BODY_COMPLEXITY, pageComplexity } from '../pagination/complexity.js';
import { connection } from '../pagination/connection.js';
import { pageSize } from '../pagination/page-arguments.js';
import { AdminQuery } from './admin.resolver.js';
import { numberCursors } from './cursors.js';
import { AdminDeadLetter, AdminDeadLetterConnection } from './dead-letter.type.js';
import { ADMIN_PAGE, After, First, cut } from './page.js';

const SHOWN_CHARACTERS = 4_000;
/** A statement that counts events. */
const COUNT_COMPLEXITY = 10;

/** With the record, which the number of events behind it is counted by. */
interface DeadLetterSource extends AdminDeadLetter {
  readonly record: DeadLetterRecord;
}

@Resolver(() => AdminQuery)
export class AdminDeadLettersResolver {
  @FieldResolver(() => AdminDeadLetterConnection, {
    complexity: (of) => pageComplexity(ADMIN_PAGE)({ ...of, childComplexity: of.childComplexity + BODY_COMPLEXITY }),
    description: 'Records that could not be handled, oldest first.',
  })
  async deadLetters(
    @Arg('source', () => String, {
      nullable: true,
      description: 'Only of this queue or read model, such as `projection:timeline`.',
    })
    source: string | null,
    @Arg('closed', () => Boolean, {
      nullable: true,
      defaultValue: false,
      description: 'With those that were applied or dropped.',
    })
    closed: boolean | null,
    @First() first: number | null,
    @After() after: string | null,
    @Ctx() { services }: ApiContext,
  ): Promise<AdminDeadLetterConnection> {
    const cursors = numberCursors(services.cursorSigner, 'dead letters');
    const limit = pageSize('first', first, ADMIN_PAGE);
    const from = cursors.open('after', after);
    const filter = { source: source ?? undefined, closed: closed === true };
    const letters = await services.console.deadLetters.admin.list({ ...filter, after: from ?? 0, limit: limit + 1 });
    const { page, hasMore } = cut(letters, limit);
    return connection(
      page.map((letter) => ({ cursor: cursors.sign(letter.id), node: deadLetterView(letter) })),
      { hasNextPage: hasMore, hasPreviousPage: from !== null },
    );
  }

  @FieldResolver(() => Int, {
    complexity: COUNT_COMPLEXITY,
    description: 'How many dead letters wait for an operator, or for a projector to confirm an action.',
  })
  deadLetterCount(
    @Arg('source', () => String, { nullable: true, description: 'Only of this queue or read model.' })
    source: string | null,
    @Ctx() { services }: ApiContext,
  ): Promise<number> {
    return services.console.deadLetters.admin.count({ source: source ?? undefined, closed: false });
  }

  @FieldResolver(() => AdminDeadLetter, {
    nullable: true,
    description: 'One of them; null where there is none of this number.',
  })
  async deadLetter(
    @Arg('id', () => ID, { description: 'Its number.' }) id: string,
    @Ctx() { services }: ApiContext,
  ): Promise<AdminDeadLetter | null> {
    const number = parseLetterId(id);
    const letter = number === null ? null : await services.console.deadLetters.admin.find(number);
    return letter && deadLetterView(letter);
  }
}

@Resolver(() => AdminDeadLetter)
export class AdminDeadLetterResolver {
  @FieldResolver(() => Int, {
    complexity: COUNT_COMPLEXITY,
    description: 'How many later events of the same key wait behind it: 0 where it holds nothing up.',
  })
  async waitingBehind(@Root() { record }: DeadLetterSource, @Ctx() { services }: ApiContext): Promise<number> {
    return (await waitingBehind(services.console.deadLetters.admin, [record])).get(record.id) ?? 0;
  }
}

/** Null for text that cannot be the number of a letter, so that nothing is looked up. */
export const parseLetterId = (text: string): number | null => (/^[1-9]\d{0,14}$/.test(text) ? Number(text) : null);

const STATES = { waiting: 'WAITING', applied: 'APPLIED', dropped: 'DROPPED' } as const;

export const deadLetterView = (record: DeadLetterRecord): DeadLetterSource => ({
  record,
  id: String(record.id),
  state: STATES[record.state],
  source: record.source,
  readModel: projectionOf(record)?.name ?? null,
  partition: record.partition,
  place: record.place,
  key: record.key,
  reason: record.reason,
  payload: record.payload.slice(0, SHOWN_CHARACTERS),
  payloadLength: record.payload.length,
  at: record.at,
  requestedAt: record.requestedAt,
  tries: record.tries,
  triedAt: record.triedAt,
  closedAt: record.closedAt,
});
