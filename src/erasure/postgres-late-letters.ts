import type pg from 'pg';

/** Payloads may be large: few at a time are in memory. */
const PAGE = 20;

/**
 * In: $1 the last letter that was looked through. A letter's number may become visible after a higher one's: each gets
 * a minute for that.
 */
const LETTERS = `
SELECT id, key, payload FROM dead_letters WHERE id > $1 AND at < now() - interval '1 minute' ORDER BY id LIMIT ${PAGE}`;

const DUE_AGAIN = `
UPDATE erased_accounts SET next_sweep_at = now() WHERE next_sweep_at IS NULL AND user_id = ANY($1::text[])`;

/**
 * A log that is decided again (a database that went back, a topic that was truncated) brings a record that is no
 * command into the dead letters a second time: its erased letter does not show that it is the same one. Accounts that
 * were swept for the last time and are named in such a letter are due again. Every process looks through all letters
 * once, and then only through new ones.
 */
export function createLateLetters(pool: pg.Pool): { readonly makeDue: () => Promise<void> } {
  let last = 0;
  return {
    async makeDue() {
      for (;;) {
        const { rows } = await pool.query<{ id: number; key: string | null; payload: string }>({
          name: 'late-letters',
          text: LETTERS,
          values: [last],
        });
        if (rows.length === 0) return;
        const named = rows.flatMap(({ key, payload }) => [...(key === null ? [] : [key]), ...quotedIn(payload)]);
        await pool.query(DUE_AGAIN, [[...new Set(named)]]);
        last = rows.at(-1)!.id;
      }
    },
  };
}

const LONGEST_ID = 128;

/** The texts that stand in quotes, as they are in JSON or in JSON within JSON: each may be the id of a user. */
function quotedIn(payload: string): readonly string[] {
  const literals = [...payload.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"/gs)].flatMap(([literal]) => {
    const text = parsed(literal);
    return text === null ? [] : text.includes('"') ? [text, ...quotedIn(text)] : [text];
  });
  // Quotes need not come in pairs in a record that is no JSON.
  return [...payload.split(/\\*"/), ...literals].filter((text) => text.length > 0 && text.length <= LONGEST_ID);
}

function parsed(literal: string): string | null {
  try {
    return JSON.parse(literal) as string;
  } catch {
    return null;
  }
}
