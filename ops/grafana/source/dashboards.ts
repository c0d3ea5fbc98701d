import type { Dashboard } from '@grafana/schema';
import { dashboard } from './board.js';
import { gifticons } from './gifticons.js';
import { hotRooms } from './hot-rooms.js';
import { kafka } from './kafka.js';
import { overview } from './overview.js';
import { readModels } from './read-models.js';
import { subscriptions } from './subscriptions.js';
import { writePath } from './write-path.js';

/** The committed dashboards, by file name. */
export const DASHBOARDS: Readonly<Record<string, Dashboard>> = {
  'overview.json': dashboard(overview),
  'write-path.json': dashboard(writePath),
  'read-models.json': dashboard(readModels),
  'subscriptions.json': dashboard(subscriptions),
  'hot-rooms.json': dashboard(hotRooms),
  'gifticons.json': dashboard(gifticons),
  'kafka.json': dashboard(kafka),
};
