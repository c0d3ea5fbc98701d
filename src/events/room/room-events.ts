import type { UserId } from '../../engine/domain/ids.js';
import type { RoomId } from '../ids.js';

export interface RoomCreated {
  readonly type: 'RoomCreated';
  readonly data: { readonly roomId: RoomId; readonly title: string; readonly createdBy: UserId };
}

export type RoomEvent = RoomCreated;
