import { createHash } from 'node:crypto';

/**
 * There are a few dozen distinct statements. The cap protects against a varying text: unnamed, it is not kept on every
 * connection.
 */
const MAX_PREPARED = 200;

/**
 * Names for prepared statements by their text, so that a name means the same to all users of a pool. Beyond the cap:
 * '', which is not prepared.
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
