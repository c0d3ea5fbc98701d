import type { RecordedEvent as Recorded } from '../../../src/engine/domain/event.js';
import { ofDomain } from '../../../src/events/event.js';
import { MADANG_EVENTS } from '../../../src/events/definitions.js';
import type pg from 'pg';
import type { Receipt } from '../../../src/engine/domain/receipt.js';
import type { RecordedEvent } from '../../../src/events/event.js';
import type { CommandId } from '../../../src/engine/domain/ids.js';
import { position } from '../../../src/engine/domain/ids.js';
import { createCursorSigner } from '../../../src/engine/gateway/signed-cursor.js';
import type { LogEpochs } from '../../../src/engine/log/log-epochs.js';
import { postgresEventStore } from '../../../src/engine/postgres/event-store.js';
import { openDeployment } from '../../../src/engine/postgres/settings.js';

/** The stored record, read without the processes. */
export interface StoredLog {
  readonly logId: string;
  readonly partitions: number;
  readonly epochs: LogEpochs;
  /** By partition, in the order of their positions. */
  readonly events: readonly (readonly RecordedEvent[])[];
  /** By room, user or campaign, in the order of their positions. */
  readonly byKey: ReadonlyMap<string, readonly RecordedEvent[]>;
  readonly receipts: ReadonlyMap<CommandId, Receipt>;
  /** The signed position, as clients know it. */
  sealed(event: RecordedEvent): string;
}

const PAGE = 5_000;

export async function readLog(pool: pg.Pool, commandIds: readonly string[]): Promise<StoredLog> {
  const store = postgresEventStore(pool, MADANG_EVENTS);
  const { logId, partitions, cursorKey: sealKey } = await openDeployment(pool, null, 1);
  const events: RecordedEvent[][] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const read: RecordedEvent[] = [];
    for (let page: readonly Recorded[] | null = null; !page || page.length === PAGE; read.push(...page.map(ofDomain))) {
      page = await store.readPartition(partition, read.at(-1)?.position ?? position(0), PAGE);
    }
    events.push(read);
  }
  const byKey = new Map<string, RecordedEvent[]>();
  for (const event of events.flat()) {
    const own = byKey.get(event.key);
    if (own) own.push(event);
    else byKey.set(event.key, [event]);
  }
  const receipts = new Map<CommandId, Receipt>();
  for (let from = 0; from < commandIds.length; from += PAGE) {
    for (const [id, receipt] of await store.receipts(commandIds.slice(from, from + PAGE) as CommandId[]))
      receipts.set(id, receipt);
  }
  await store.heads();
  const { epochs } = store;
  const seal = createCursorSigner(sealKey, epochs);
  return {
    logId,
    partitions,
    epochs,
    events,
    byKey,
    receipts,
    sealed: (event) => seal.position({ partition: event.partition, position: event.position }),
  };
}
