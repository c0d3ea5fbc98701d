import { hash } from 'node:crypto';
import { loadedCodeProblem } from './loaded-code.js';

/** A line of a file of codes. Lines are counted from 1, including empty ones. */
export type CodeLine = { readonly line: number; readonly code: string } | BadLine;

export interface BadLine {
  readonly line: number;
  readonly problem: string;
  /** The beginning of the code and its length: enough to find it, too little to use it. Null if it cannot be shown. */
  readonly masked: string | null;
}

export const isBad = (line: CodeLine): line is BadLine => 'problem' in line;

const NEWLINE = 0x0a;
const MAX_LINE_BYTES = 4_096;
const PRINTABLE = /^[\p{Letter}\p{Number}\p{Punctuation}\p{Symbol} ]$/u;

/**
 * The codes of a file, one per line, without surrounding white space; empty lines are left out. A line ends with LF or
 * CRLF. A byte order mark is white space. Yields per chunk, so that memory grows neither with the file nor with a line.
 */
export async function* readCodeLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly CodeLine[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let begun = Buffer.alloc(0);
  let tooLong = false;
  let line = 0;

  const read = (bytes: Uint8Array): CodeLine | null => {
    line++;
    if (tooLong || bytes.length > MAX_LINE_BYTES) {
      tooLong = false;
      return { line, problem: `longer than ${MAX_LINE_BYTES} bytes`, masked: null };
    }
    let code: string;
    try {
      code = decoder.decode(bytes).trim();
    } catch {
      return { line, problem: 'not UTF-8: save the file as UTF-8', masked: null };
    }
    if (code === '') return null;
    const problem = loadedCodeProblem(code);
    return problem === null ? { line, code } : { line, problem, masked: mask(code) };
  };

  for await (const chunk of chunks) {
    const found: CodeLine[] = [];
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      const rest = chunk.subarray(from, end);
      const each = read(begun.length > 0 ? Buffer.concat([begun, rest]) : rest);
      if (each) found.push(each);
      begun = Buffer.alloc(0);
      from = end + 1;
    }
    if (!tooLong) begun = Buffer.concat([begun, chunk.subarray(from)]);
    if (begun.length > MAX_LINE_BYTES) {
      tooLong = true;
      begun = Buffer.alloc(0);
    }
    if (found.length > 0) yield found;
  }
  if (begun.length === 0 && !tooLong) return;
  const last = read(begun);
  if (last) yield [last];
}

export interface CheckedLines {
  readonly codes: number;
  /** The first ones. */
  readonly bad: readonly BadLine[];
  readonly badInAll: number;
}

/** Checks every line, also for duplicates. Remembers a hash of each. */
export async function checkCodeLines(chunks: AsyncIterable<Uint8Array>, showBad: number): Promise<CheckedLines> {
  const seen = new Map<string, number>();
  const bad: BadLine[] = [];
  let badInAll = 0;
  const refuse = (line: BadLine): void => {
    badInAll++;
    if (bad.length < showBad) bad.push(line);
  };
  for await (const lines of readCodeLines(chunks)) {
    for (const each of lines) {
      if (isBad(each)) {
        refuse(each);
        continue;
      }
      const digest = hash('sha256', each.code, 'buffer').toString('latin1', 0, 16);
      const first = seen.get(digest);
      if (first === undefined) seen.set(digest, each.line);
      else refuse({ line: each.line, problem: `the same code as in line ${first}`, masked: mask(each.code) });
    }
  }
  return { codes: seen.size, bad, badInAll };
}

/** At most four characters and at most a quarter of them, and the length. */
export function mask(code: string): string {
  const characters = Array.from(code);
  const shown = characters.slice(0, Math.min(4, Math.floor(characters.length / 4)));
  const masked = shown.map((each) => (PRINTABLE.test(each) ? each : '·')).join('');
  return `${masked}… (${characters.length} characters)`;
}
