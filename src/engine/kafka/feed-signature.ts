import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import type { Partition } from '../domain/ids.js';

/** The signed parts of a record of the event feed, beside its value. */
export interface SignedRecord {
  readonly partition: Partition;
  readonly type: string;
  readonly epoch: string;
  readonly position: string;
  readonly value: string | Buffer;
}

/** Distinguishes this deployment's records in the topic of events from those of other writers. */
export interface FeedSignature {
  sign(record: SignedRecord): string;
  isOurs(record: SignedRecord, signature: string | undefined): boolean;
}

const SIGNATURE_BYTES = 16;

/** @param key the deployment's key from the database, which writers to Kafka do not know */
export function createFeedSignature(key: Buffer): FeedSignature {
  // Created once: creating the key costs as much as a signature.
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
