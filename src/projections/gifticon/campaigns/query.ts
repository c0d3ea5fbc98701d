/** Exports: `Campaign`, `CampaignCursor`, `CampaignQueries`, `campaignQueries`. */
import type { Partition, Position } from '../../../engine/domain/ids.js';
import type { CampaignId } from '../../../events/ids.js';
import { position } from '../../../engine/domain/ids.js';
import { campaignId } from '../../../events/ids.js';
import { Prisma } from '../../prisma-client.js';
import type { QuerySources } from '../../query-sources.js';

export interface Campaign {
  readonly id: CampaignId;
  readonly title: string;
  /** The number of its codes, generated and loaded. */
  readonly stock: number;
  /** The number of generated codes: numbers 1 … generated. */
  readonly generated: number;
  readonly issued: number;
  readonly opensAt: Date;
  readonly closesAt: Date | null;
  readonly paused: boolean;
  readonly soldOut: boolean;
  readonly createdAt: Date;
  /** The partition of its events, and the last event that this row contains. */
  readonly partition: Partition;
  readonly position: Position;
}

export interface CampaignQueries {
  /** In the order of `ids`; null where there is no such campaign. One statement. */
  byIds(ids: readonly CampaignId[]): Promise<readonly (Campaign | null)[]>;
  /** The newest campaigns, at most `limit`; `after`: those behind it in that order. */
  newest(limit: number, after?: CampaignCursor | null): Promise<readonly Campaign[]>;
}

/** A place in the list of campaigns: the content of a page's cursors. */
export type CampaignCursor = Pick<Campaign, 'createdAt' | 'id'>;

const COLUMNS = Prisma.sql`
  c.id, c.title, c.stock, c.generated, c.issued, c.opens_at AS "opensAt", c.closes_at AS "closesAt",
  c.paused,
  c.sold_out AS "soldOut", c.created_at AS "createdAt", c.partition, c.position`;

export function campaignQueries({ prisma }: QuerySources<'prisma'>): CampaignQueries {
  return {
    async byIds(ids) {
      const rows = await prisma.$queryRaw<
        Row[]
      >`SELECT ${COLUMNS} FROM campaigns c WHERE c.id = ANY(${[...ids]}::text[])`;
      const campaigns = new Map(rows.map((row) => [row.id, campaignOf(row)]));
      return ids.map((id) => campaigns.get(id) ?? null);
    },

    async newest(limit, after = null) {
      const older =
        after === null ? Prisma.empty : Prisma.sql`WHERE (c.created_at, c.id) < (${after.createdAt}, ${after.id})`;
      const rows = await prisma.$queryRaw<
        Row[]
      >`SELECT ${COLUMNS} FROM campaigns c ${older} ORDER BY c.created_at DESC, c.id DESC LIMIT ${limit}`;
      return rows.map(campaignOf);
    },
  };
}

type Row = Omit<Campaign, 'id' | 'position'> & { readonly id: string; readonly position: bigint };

const campaignOf = ({ id, position: at, ...rest }: Row): Campaign => ({
  id: campaignId(id),
  position: position(Number(at)),
  ...rest,
});
