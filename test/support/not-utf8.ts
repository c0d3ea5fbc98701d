/** Bytes that are no text, each with the reason. */
export const NOT_UTF8: readonly (readonly [string, Buffer])[] = [
  ['a byte that begins nothing', Buffer.from([0xff])],
  ['Latin-1', Buffer.from('é', 'latin1')],
  ['a sequence cut short', Buffer.from('안').subarray(0, 2)],
  ['a longer form than needed', Buffer.from([0xc0, 0xaf])],
  ['half a surrogate pair', Buffer.from([0xed, 0xa0, 0xbc])],
  ['beyond the last code point', Buffer.from([0xf4, 0x90, 0x80, 0x80])],
];
