/** A text that is no JSON, with the line of the first mistake. */
export class JsonError extends Error {
  override readonly name = 'JsonError';

  constructor(
    readonly line: number,
    message: string,
  ) {
    super(message);
  }
}

export interface LocatedJson {
  readonly value: unknown;
  /** The line of the value at a path; of the nearest one around it where the path has no value. */
  lineOf(path: readonly PropertyKey[]): number;
}

const SPACE = /[ \t\r\n]*/y;
const SCALAR = /"(?:[^"\\\n]|\\.)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const STRING = /"(?:[^"\\\n]|\\.)*"/y;

const keyOf = (path: readonly PropertyKey[]): string => JSON.stringify(path.map(String));

/**
 * Parses JSON and keeps the line of each value: `JSON.parse` names the place of a mistake in some of its errors alone.
 * @throws {JsonError}
 */
export function parseLocated(text: string): LocatedJson {
  const lines = new Map<string, number>();
  let at = 0;
  const lineAt = (offset: number): number => text.slice(0, offset).split('\n').length;
  const fail = (expected: string): never => {
    const found = at >= text.length ? 'the text ends' : `there is ${JSON.stringify(text.slice(at, at + 10))}`;
    throw new JsonError(lineAt(at), `${found} where ${expected} should be`);
  };
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const [found] = pattern.exec(text) ?? [];
    at += found?.length ?? 0;
    return found;
  };
  const is = (character: string): boolean => {
    take(SPACE);
    if (text[at] !== character) return false;
    at++;
    return true;
  };
  /** A string may still be none: with a control character, or an escape that does not exist. */
  const parsed = (scalar: string): unknown => {
    try {
      return JSON.parse(scalar);
    } catch {
      at -= scalar.length;
      return fail('a value of JSON');
    }
  };

  const list = (end: string, item: () => void): void => {
    if (is(end)) return;
    do {
      take(SPACE);
      item();
    } while (is(','));
    if (!is(end)) fail(`"," or "${end}"`);
  };
  const scan = (path: readonly PropertyKey[]): void => {
    take(SPACE);
    lines.set(keyOf(path), lineAt(at));
    if (is('{'))
      return list('}', () => {
        const key = parsed(take(STRING) ?? fail('a name in double quotes'));
        if (!is(':')) fail('":"');
        scan([...path, key as string]);
      });
    if (is('[')) {
      let index = 0;
      return list(']', () => scan([...path, index++]));
    }
    parsed(take(SCALAR) ?? fail('a value'));
  };

  scan([]);
  take(SPACE);
  if (at < text.length) fail('the end');
  return {
    value: JSON.parse(text) as unknown,
    lineOf(path) {
      for (let length = path.length; length > 0; length--) {
        const line = lines.get(keyOf(path.slice(0, length)));
        if (line !== undefined) return line;
      }
      return lines.get(keyOf([]))!;
    },
  };
}
