import { Arg, Ctx, FieldResolver, Resolver } from 'type-graphql';
import type { ParkedKeyOf, ReadModelStatus } from '../../admin/read-models.js';
import { readModelStatuses, readParkedKeys } from '../../admin/read-models.js';
import type { ApiContext } from '../context.js';
import { unavailable } from '../errors.js';
import { pageComplexity } from '../pagination/complexity.js';
import { connection } from '../pagination/connection.js';
import { pageSize } from '../pagination/page-arguments.js';
import { secondsLeft } from './action-view.js';
import { AdminQuery } from './admin.resolver.js';
import type { ParkedPlace } from './cursors.js';
import { parkedCursors } from './cursors.js';
import { ADMIN_PAGE, After, First, cut } from './page.js';
import { AdminParkedKeyConnection, AdminReadModel } from './read-model.type.js';

/** There are a few read models, and each is asked by partition. */
const READ_MODELS = 10;

@Resolver(() => AdminQuery)
export class AdminReadModelsResolver {
  @FieldResolver(() => [AdminReadModel], {
    complexity: ({ childComplexity }) => 1 + READ_MODELS * childComplexity,
    description: 'Every read model.',
  })
  async readModels(@Ctx() { services }: ApiContext): Promise<AdminReadModel[]> {
    return (await readModelStatuses(services.console.readModels)).map(readModelView);
  }

  @FieldResolver(() => AdminReadModel, {
    nullable: true,
    complexity: ({ childComplexity }) => READ_MODELS + childComplexity,
    description: 'One read model; null where there is none of this name.',
  })
  async readModel(
    @Arg('name', () => String, { description: 'Its name.' }) name: string,
    @Ctx() { services }: ApiContext,
  ): Promise<AdminReadModel | null> {
    const found = (await readModelStatuses(services.console.readModels)).find((each) => each.name === name);
    return found ? readModelView(found) : null;
  }

  @FieldResolver(() => AdminParkedKeyConnection, {
    complexity: pageComplexity(ADMIN_PAGE),
    description: 'The rooms, users and campaigns whose events read models hold back.',
  })
  async parkedKeys(
    @Arg('readModel', () => String, { nullable: true, description: 'Only of this read model.' })
    readModel: string | null,
    @First() first: number | null,
    @After() after: string | null,
    @Ctx() { services }: ApiContext,
  ): Promise<AdminParkedKeyConnection> {
    const cursors = parkedCursors(services.cursorSigner);
    const limit = pageSize('first', first, ADMIN_PAGE);
    const from = cursors.open('after', after);
    const keys = await readParkedKeys(services.console.readModels, readModel ?? undefined).catch((error: unknown) => {
      throw unavailable('A store of read models does not answer: ask again shortly.', undefined, { cause: error });
    });
    const places = keys.map((key) => ({ key, place: placeOf(key) })).sort((a, b) => order(a.place, b.place));
    const { page, hasMore } = cut(
      places.filter(({ place }) => from === null || order(place, from) > 0),
      limit,
    );
    return connection(
      page.map(({ key, place }) => ({
        cursor: cursors.sign(place),
        node: {
          ...place,
          key: key.key,
          deadLetterId: key.letter === null ? null : String(key.letter),
          reason: key.reason,
          since: key.since,
        },
      })),
      { hasNextPage: hasMore, hasPreviousPage: from !== null },
    );
  }
}

const placeOf = ({ projection, partition, position }: ParkedKeyOf): ParkedPlace => ({
  readModel: projection,
  partition,
  position,
});

const order = (a: ParkedPlace, b: ParkedPlace): number =>
  a.readModel === b.readModel
    ? a.partition - b.partition || a.position - b.position
    : a.readModel < b.readModel
      ? -1
      : 1;

function readModelView(status: ReadModelStatus): AdminReadModel {
  const { name, store, version, programVersion, lag, parked, live, partitions, rebuild, kept } = status;
  return {
    name,
    store: store === 'postgres' ? 'POSTGRES' : 'REDIS',
    state: live === null ? 'AWAY' : live ? 'LIVE' : 'FILLING',
    version,
    programVersion,
    lag,
    head: partitions.reduce((sum, { head }) => sum + head, 0),
    parkedCount: parked,
    partitions: [...partitions],
    rebuild: rebuild && {
      version: rebuild.version,
      phase: rebuild.phase,
      running: rebuild.running,
      done: rebuild.events,
      total: rebuild.of,
      perSecond: rebuild.eventsPerSecond,
      secondsLeft: secondsLeft({ done: rebuild.events, total: rebuild.of, perSecond: rebuild.eventsPerSecond }),
      by: rebuild.by,
      startedAt: new Date(rebuild.startedAt),
    },
    keptVersion: kept?.version ?? null,
  };
}
