import { createRequire } from 'node:module';

interface Parser {
  parse(bytes: Buffer, deliver: (message: object) => void): void;
  handlePacket(offset: number, code: number, length: number, bytes: Buffer): object;
}

const requireOf = createRequire(import.meta.url);

/** The parser that `pg` uses. */
export const { Parser } = createRequire(requireOf.resolve('pg'))('pg-protocol/dist/parser.js') as {
  readonly Parser: { new (): Parser; readonly prototype: Parser };
};

const ERROR = 'E'.charCodeAt(0);
const NOTICE = 'N'.charCodeAt(0);

/**
 * pg gives the severity of an error in the language of the server (`lc_messages`, which ordinary roles may not set).
 * There FATAL is 치명적오류, and a session that the server ended would count as a fault of the record. The field V has the
 * severity in English (https://www.postgresql.org/docs/current/protocol-error-fields.html).
 */
const { prototype: parser } = Parser;
const handlePacket = parser.handlePacket;
parser.handlePacket = function (offset, code, length, bytes) {
  const message = handlePacket.call(this, offset, code, length, bytes);
  const severity = code === ERROR || code === NOTICE ? fieldOf('V', bytes, offset) : null;
  return severity === null ? message : Object.assign(message, { severity });
};

/** Fields are a letter and a zero-terminated text; a zero in place of a letter ends them. */
function fieldOf(wanted: string, bytes: Buffer, from: number): string | null {
  for (let at = from; bytes[at] !== undefined && bytes[at] !== 0;) {
    const end = bytes.indexOf(0, at + 1);
    if (end < 0) return null;
    if (bytes[at] === wanted.charCodeAt(0)) return bytes.toString('latin1', at + 1, end);
    at = end + 1;
  }
  return null;
}
