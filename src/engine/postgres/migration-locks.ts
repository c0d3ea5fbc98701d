/** The effect of a statement on those who use its table meanwhile. */
export interface LockEffect {
  /** Null: it concerns no table that exists. */
  readonly table: string | null;
  /**
   * `none`: nobody waits. `short`: everybody waits, for a moment that does not depend on the size of the table. `long`:
   * somebody waits for a time that grows with the table. `unknown`: read the statement.
   */
  readonly lock: 'none' | 'short' | 'long' | 'unknown';
  readonly why: string;
}

const NAME = '(?:ONLY\\s+)?(?:IF\\s+(?:NOT\\s+)?EXISTS\\s+)?"?([\\w.]+)"?';
const table = (statement: string, before: string): string | null =>
  new RegExp(`${before}\\s+${NAME}`, 'i').exec(statement)?.[1] ?? null;

const none = (on: string | null, why: string): LockEffect => ({ table: on, lock: 'none', why });
const short = (on: string | null, why: string): LockEffect => ({ table: on, lock: 'short', why });
const long = (on: string | null, why: string): LockEffect => ({ table: on, lock: 'long', why });

/** In this order: the first that fits decides. Each keeps everybody from the table, unless it says otherwise. */
const ALTERATIONS: readonly (readonly [RegExp, (on: string | null) => LockEffect])[] = [
  [/VALIDATE CONSTRAINT/i, (on) => none(on, 'reads the table beside its users')],
  [/\bTYPE\b/i, (on) => long(on, 'writes the table anew')],
  [/ADD .*(?:GENERATED|\b(?:big)?serial\b)/i, (on) => long(on, 'writes the table anew')],
  [/ADD .*DEFAULT [\w.]+\(/i, (on) => long(on, 'writes the table anew, unless the default is the same for all rows')],
  [/ADD (?:CONSTRAINT )?.*(?:PRIMARY KEY|UNIQUE) USING INDEX/is, (on) => short(on, 'takes an index that exists')],
  [/ADD .*\bNOT VALID\b/is, (on) => short(on, 'reads no row')],
  [/ADD (?:CONSTRAINT|PRIMARY KEY|UNIQUE|FOREIGN KEY|CHECK|EXCLUDE)/i, (on) => long(on, 'reads the whole table')],
  [/SET NOT NULL/i, (on) => long(on, 'reads the whole table')],
  [/ATTACH PARTITION/i, (on) => long(on, 'reads the partition, unless a constraint proves its bounds')],
  [/^/, (on) => short(on, 'changes the catalog')],
];

const STATEMENTS: readonly (readonly [RegExp, (statement: string) => LockEffect])[] = [
  [/^CREATE (?:UNIQUE )?INDEX CONCURRENTLY/i, (text) => none(table(text, 'ON'), 'reads the table beside its users')],
  [/^CREATE (?:UNIQUE )?INDEX/i, (text) => long(table(text, '\\bON'), 'writers wait while it reads the whole table')],
  [/^DROP INDEX CONCURRENTLY/i, () => none(null, 'waits for its users')],
  [/^REINDEX .*CONCURRENTLY/i, () => none(null, 'reads the table beside its users')],
  [
    /^ALTER TABLE/i,
    (text) => {
      const on = table(text, 'ALTER TABLE');
      const actions = text.replace(/^ALTER TABLE\s+(?:IF EXISTS\s+)?(?:ONLY\s+)?\S+/i, '');
      return ALTERATIONS.find(([pattern]) => pattern.test(actions))![1](on);
    },
  ],
  [/^DROP TABLE/i, (text) => short(table(text, 'DROP TABLE'), 'changes the catalog')],
  [/^DROP INDEX/i, () => short(null, 'changes the catalog')],
  [/^UPDATE/i, (text) => long(table(text, 'UPDATE'), 'writers of the same rows wait')],
  [/^DELETE FROM/i, (text) => long(table(text, 'DELETE FROM'), 'writers of the same rows wait')],
  [/^INSERT INTO/i, (text) => none(table(text, 'INSERT INTO'), 'adds rows')],
  [/^(?:CLUSTER|VACUUM FULL|REINDEX|LOCK|TRUNCATE)\b/i, () => long(null, 'everybody waits')],
  [/^CREATE (?:UNLOGGED )?(?:TABLE|TYPE|SCHEMA|FUNCTION|OR REPLACE)\b/i, () => none(null, 'makes something new')],
  [/^(?:COMMENT|ANALYZE|SET|SELECT)\b/i, () => none(null, 'changes no table')],
];

/** What the statement does to those who use its table, as PostgreSQL's documentation says; by its text alone. */
export function lockOf(statement: string): LockEffect {
  const text = statement.replaceAll(/\s+/g, ' ').trim();
  return (
    STATEMENTS.find(([pattern]) => pattern.test(text))?.[1](text) ?? {
      table: null,
      lock: 'unknown',
      why: 'read the statement',
    }
  );
}
