import DataLoader from 'dataloader';
import { LRUCache } from 'lru-cache';
import type pg from 'pg';
import type { CampaignId } from '../../events/ids.js';
import { readCampaignStock, readGenerated } from './campaign-stock.js';
import type { CampaignKeys } from './code-keys.js';
import { campaignKeys } from './code-keys.js';
import { generatedCode } from './generated-code.js';
import { codeDigest, newNonces, openCode, sealCode } from './sealed-code.js';
import type { EventStore } from '../../engine/store/event-store.js';
import type { CodeNumber, GifticonCodes } from './gifticon-codes.js';
import { DuplicateCodeError, LoadRunningError } from './gifticon-codes.js';
import { transaction } from '../../engine/postgres/pool.js';

export interface GifticonCodesOptions {
  /** Closed by the caller. */
  readonly pool: pg.Pool;
  /** The source of a campaign's stock. */
  readonly store: Pick<EventStore, 'readStream'>;
  /** The deployment's key of codes, of 256 bits. */
  readonly key: Buffer;
}

/** No code has this number, or the campaign is not known. */
export class UnknownCodeError extends Error {
  readonly code = 'UNKNOWN_CODE';
  constructor({ campaignId, nth }: CodeNumber) {
    super(`campaign ${campaignId} has no code ${nth}`);
  }
}

/** The caller read another stock than the log has now: its codes would not be stored above the stock. */
export class StaleStockError extends Error {
  readonly code = 'STALE_STOCK';
}

/** In: $1 campaigns, $2 numbers.  Out: a row for each stored code. */
const SEALED = `
SELECT c.campaign_id, c.nth, c.sealed
FROM unnest($1::text[], $2::bigint[]) AS asked (campaign_id, nth)
JOIN gifticon_codes c ON c.campaign_id = asked.campaign_id AND c.nth = asked.nth`;

/**
 * In: $1 campaign, $2 the number before the first, $3 encrypted codes, $4 their digests. Out: fewer rows than codes
 * where the campaign has one of them already.
 */
const STORE = `
INSERT INTO gifticon_codes (campaign_id, nth, sealed, digest)
SELECT $1, $2::integer + code.n, code.sealed, code.digest FROM unnest($3::bytea[], $4::bytea[]) WITH ORDINALITY
  AS code (sealed, digest, n)
ON CONFLICT ON CONSTRAINT gifticon_codes_digest DO NOTHING`;

/** The smallest index that STORE left out. In: $1 campaign, $2 the number before the first, $3 how many. */
const LEFT_OUT = `
SELECT min(n) - 1 AS index FROM generate_series(1, $3::integer) AS n
WHERE NOT EXISTS (SELECT FROM gifticon_codes WHERE campaign_id = $1 AND nth = $2::integer + n)`;

const LOCK_KEY = `hashtextextended('gifticon codes ' || $1, $2)`;
/** Advisory locks: one for a load, from reading the stock to the log's answer; one for each change of the rows. */
const LOCKS = { loading: 1, rows: 2 } as const;

const BATCH = 2_000;
const CAMPAIGNS = 10_000;
const PAGE = 500;

interface SealedRow {
  readonly campaign_id: CampaignId;
  readonly nth: number;
  readonly sealed: Buffer;
}

/** Generated codes, and codes stored encrypted in a table. */
export function postgresGifticonCodes({ pool, store, key }: GifticonCodesOptions): GifticonCodes {
  const keysOf = campaignKeys(key);
  const known = new LRUCache<CampaignId, { readonly generated: number }>({ max: CAMPAIGNS });

  const generatedOf = async (number: CodeNumber): Promise<number> => {
    const remembered = known.get(number.campaignId);
    if (remembered) return remembered.generated;
    const generated = await readGenerated(store, number.campaignId);
    if (generated === null) throw new UnknownCodeError(number);
    known.set(number.campaignId, { generated });
    return generated;
  };

  // A page of a user's gifticons asks for many codes at once: one statement. Codes are not cached.
  const sealed = new DataLoader<CodeNumber, Buffer | null>(
    async (numbers) => {
      const values = [numbers.map(({ campaignId }) => campaignId), numbers.map(({ nth }) => nth)];
      const { rows } = await pool.query<SealedRow>({ name: 'sealed-codes', text: SEALED, values });
      const found = new Map(rows.map((row) => [`${row.campaign_id}/${row.nth}`, row.sealed]));
      return numbers.map(({ campaignId, nth }) => found.get(`${campaignId}/${nth}`) ?? null);
    },
    { cache: false, maxBatchSize: PAGE },
  );

  /** Runs in a transaction, with no other change of the campaign's rows beside it. */
  const changing = <T>(
    campaignId: CampaignId,
    work: (client: pg.PoolClient, stock: number) => Promise<T>,
  ): Promise<T> =>
    transaction(pool, async (client) => {
      await client.query(`SELECT pg_advisory_xact_lock(${LOCK_KEY})`, [campaignId, LOCKS.rows]);
      const campaign = await readCampaignStock(store, campaignId);
      if (!campaign) throw new StaleStockError(`there is no campaign ${campaignId}`);
      return work(client, campaign.stock);
    });

  return {
    async codeOf(number) {
      const { campaignId, nth } = number;
      if (!Number.isSafeInteger(nth) || nth < 1) throw new UnknownCodeError(number);
      if (nth <= (await generatedOf(number))) return generatedCode(keysOf(campaignId).generate, nth);
      const bytes = await sealed.load(number);
      if (!bytes) throw new UnknownCodeError(number);
      return openCode(keysOf(campaignId), number, bytes);
    },

    async exclusively(campaignId, work) {
      const client = await pool.connect();
      let broken: Error | undefined;
      try {
        const { rows } = await client.query<{ taken: boolean }>(`SELECT pg_try_advisory_lock(${LOCK_KEY}) AS taken`, [
          campaignId,
          LOCKS.loading,
        ]);
        if (!rows[0]!.taken) throw new LoadRunningError();
        try {
          return await work();
        } finally {
          await client
            .query(`SELECT pg_advisory_unlock(${LOCK_KEY})`, [campaignId, LOCKS.loading])
            .catch((error: Error) => (broken = error));
        }
      } finally {
        client.release(broken);
      }
    },

    load: (campaignId, stock, codes, progress) =>
      changing(campaignId, async (client, stockNow) => {
        // A code within the stock is the only copy: it must not be deleted as a leftover because the stock was read too
        // early.
        if (stock !== stockNow) throw new StaleStockError(`the stock is ${stockNow}, not ${stock}: read it again`);
        await client.query('DELETE FROM gifticon_codes WHERE campaign_id = $1 AND nth > $2', [campaignId, stock]);
        return {
          first: stock + 1,
          count: await storeAll(client, keysOf(campaignId), campaignId, stock, codes, progress),
        };
      }),

    unload: (campaignId, { first, count }) =>
      changing(campaignId, async (client, stock) => {
        const from = Math.max(first, stock + 1);
        await client.query('DELETE FROM gifticon_codes WHERE campaign_id = $1 AND nth BETWEEN $2 AND $3', [
          campaignId,
          from,
          first + count - 1,
        ]);
      }),
  };
}

/** Encrypts a batch while the database stores the one before it. */
async function storeAll(
  client: pg.PoolClient,
  keys: CampaignKeys,
  campaignId: CampaignId,
  stock: number,
  codes: AsyncIterable<string>,
  progress: ((stored: number) => void) | undefined,
): Promise<number> {
  let sealed = 0;
  let storing: Promise<void> = Promise.resolve();
  for await (const batch of inBatches(codes)) {
    const before = sealed;
    const nonces = newNonces(batch.length);
    const seals = batch.map((code, index) =>
      sealCode(keys, { campaignId, nth: stock + before + index + 1 }, code, nonces[index]!),
    );
    const digests = batch.map((code) => codeDigest(keys, code));
    sealed += batch.length;
    await storing;
    storing = storeBatch(client, campaignId, stock, before, seals, digests).then(() =>
      progress?.(before + batch.length),
    );
    // Where the codes end with an error first, that error is reported; the transaction is over either way.
    storing.catch(() => undefined);
  }
  await storing;
  return sealed;
}

async function storeBatch(
  client: pg.PoolClient,
  campaignId: CampaignId,
  stock: number,
  stored: number,
  seals: readonly Buffer[],
  digests: readonly Buffer[],
): Promise<void> {
  const { rowCount } = await client.query({
    name: 'store-codes',
    text: STORE,
    values: [campaignId, stock + stored, seals, digests],
  });
  if (rowCount === seals.length) return;
  const { rows } = await client.query<{ index: number }>(LEFT_OUT, [campaignId, stock + stored, seals.length]);
  throw new DuplicateCodeError(stored + rows[0]!.index);
}

async function* inBatches(codes: AsyncIterable<string>): AsyncGenerator<readonly string[]> {
  let batch: string[] = [];
  for await (const code of codes) {
    batch.push(code);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
