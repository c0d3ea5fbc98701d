import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';

/**
 * Distinguishes the texts of this deployment's notifications from those of others: NOTIFY needs no right but that to
 * connect to the database, and a text in full is believed without a read.
 */
export interface TextSignature {
  /** 22 characters of base64url. */
  sign(channel: string, text: string): string;
  isOurs(channel: string, text: string, signature: string): boolean;
}

const SIGNATURE_BYTES = 16;

/** @param key the deployment's key from the database */
export function createTextSignature(key: Buffer): TextSignature {
  // Created once: creating the key costs as much as a signature.
  const secret = createSecretKey(key);
  const bytes = (channel: string, text: string): Buffer =>
    createHmac('sha256', secret).update(`text\0${channel}\0`).update(text).digest().subarray(0, SIGNATURE_BYTES);
  return {
    sign: (channel, text) => bytes(channel, text).toString('base64url'),
    isOurs(channel, text, signature) {
      const given = Buffer.from(signature, 'base64url');
      return given.length === SIGNATURE_BYTES && timingSafeEqual(given, bytes(channel, text));
    },
  };
}

/**
 * A text in which the signature stands before its last characters, where a reader of the version before passes over it.
 */
export interface SignedPlace {
  /** The last characters of the text. */
  readonly end: string;
  /** Before the quoted signature. */
  readonly before: string;
}

export function signedText(signature: TextSignature, channel: string, text: string, place: SignedPlace): string {
  const { end, before } = place;
  return `${text.slice(0, -end.length)}${before}"${signature.sign(channel, text)}"${end}`;
}

const SIGNATURE = /"([\w-]{22})"$/;

/** The text without its signature; null without a good one. */
export function textOfSigned(
  signature: TextSignature,
  channel: string,
  signed: string,
  { end, before }: SignedPlace,
): string | null {
  if (!signed.endsWith(end)) return null;
  const found = SIGNATURE.exec(signed.slice(0, -end.length));
  const start = (found?.index ?? 0) - before.length;
  if (!found || start < 0 || !signed.startsWith(before, start)) return null;
  const text = signed.slice(0, start) + end;
  return signature.isOurs(channel, text, found[1]!) ? text : null;
}
