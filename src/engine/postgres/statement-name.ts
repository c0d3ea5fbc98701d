import { createHash } from 'node:crypto';

/**
 * The statements have a few dozen texts. The cap is for a text that varies: unnamed, it is not kept on every connection
 * for ever.
 */
const MAX_PREPARED = 200;

/**
 * Names for prepared statements, made of their text, so that all users of a pool mean the same by a name. '' beyond the
 * cap: not to be prepared.
 */
export function statementNames(): (text: string) => string {
  const names = new Map<string, string>();
  return (text) => {
    const known = names.get(text);
    if (known !== undefined) return known;
    if (names.size >= MAX_PREPARED) return '';
    const name = `s-${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`;
    names.set(text, name);
    return name;
  };
}
