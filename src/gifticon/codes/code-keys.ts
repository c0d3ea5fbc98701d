import type { KeyObject } from 'node:crypto';
import { createHmac, createSecretKey, hkdfSync } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { CampaignId } from '../../events/ids.js';

/** The keys with which a campaign's codes are generated, encrypted and compared. Each serves one purpose alone. */
export interface CampaignKeys {
  readonly generate: KeyObject;
  readonly seal: KeyObject;
  readonly digest: KeyObject;
}

const KEY_BYTES = 32;
const CAMPAIGNS = 1_000;

const subKey = (key: Buffer, ...purpose: readonly string[]): KeyObject =>
  createSecretKey(Buffer.from(hkdfSync('sha256', key, '', `madang gifticon codes\0${purpose.join('\0')}`, KEY_BYTES)));

/** Derives every campaign's keys from the deployment's one key of 256 bits. Must never change: codes would differ. */
export function campaignKeys(key: Buffer): (campaignId: CampaignId) => CampaignKeys {
  const known = new LRUCache<CampaignId, CampaignKeys>({ max: CAMPAIGNS });
  return (campaignId) => {
    const keys = known.get(campaignId) ?? {
      generate: subKey(key, 'generate', campaignId),
      seal: subKey(key, 'seal', campaignId),
      digest: subKey(key, 'digest', campaignId),
    };
    known.set(campaignId, keys);
    return keys;
  };
}

/** Identifies a key without revealing it. */
export const checkValue = (key: Buffer): string => createHmac('sha256', subKey(key, 'check')).digest('hex');
