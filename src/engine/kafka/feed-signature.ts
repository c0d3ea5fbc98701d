import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import type { Partition } from '../domain/ids.js';

/** What a record of the event feed says beside its value, and its place. */
export interface SignedRecord {
  readonly partition: Partition;
  readonly type: string;
  readonly epoch: string;
  readonly position: string;
  readonly value: string | Buffer;
}

/** Tells the records that this deployment has written to the topic of events from those that anybody else has. */
export interface FeedSignature {
  sign(record: SignedRecord): string;
  isOurs(record: SignedRecord, signature: string | undefined): boolean;
}

const SIGNATURE_BYTES = 16;

/** @param key of the deployment, as it stands in the database: who can write to Kafka does not know it by that */
export function createFeedSignature(key: Buffer): FeedSignature {
  // Read once: reading the key costs as much as a signature.
  const secret = createSecretKey(key);
  const bytes = ({ partition, type, epoch, position, value }: SignedRecord): Buffer =>
    createHmac('sha256', secret)
      .update(`feed\0${partition}\0${type}\0${epoch}\0${position}\0`)
      .update(value)
      .digest()
      .subarray(0, SIGNATURE_BYTES);

  return {
    sign: (record) => bytes(record).toString('base64url'),
    isOurs(record, signature) {
      if (signature === undefined) return false;
      const given = Buffer.from(signature, 'base64url');
      return given.length === SIGNATURE_BYTES && timingSafeEqual(given, bytes(record));
    },
  };
}
