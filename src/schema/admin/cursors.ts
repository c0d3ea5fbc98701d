import { campaignId } from '../../events/ids.js';
import type { CampaignCursor } from '../../projections/gifticon/campaigns/query.js';
import type { CursorSigner } from '../../engine/gateway/signed-cursor.js';
import type { Cursors } from '../pagination/cursors.js';
import { cursorsOf } from '../pagination/cursors.js';

/** Of a list that is ordered by a number: dead letters, actions. */
export const numberCursors = (cursorSigner: CursorSigner, list: string): Cursors<number> =>
  cursorsOf(cursorSigner, `admin ${list}`, String, Number);

/** A place in the list of parked keys, which is ordered by these. */
export interface ParkedPlace {
  readonly readModel: string;
  readonly partition: number;
  readonly position: number;
}

export const parkedCursors = (cursorSigner: CursorSigner): Cursors<ParkedPlace> =>
  cursorsOf(
    cursorSigner,
    'admin parked keys',
    ({ readModel, partition, position }) => `${readModel} ${partition} ${position}`,
    (text) => {
      const [readModel, partition, position] = text.split(' ') as [string, string, string];
      return { readModel, partition: Number(partition), position: Number(position) };
    },
  );

export const campaignCursors = (cursorSigner: CursorSigner): Cursors<CampaignCursor> =>
  cursorsOf(
    cursorSigner,
    'admin campaigns',
    ({ createdAt, id }) => `${createdAt.getTime()} ${id}`,
    (text) => {
      const [time, id] = text.split(' ') as [string, string];
      return { createdAt: new Date(Number(time)), id: campaignId(id) };
    },
  );
