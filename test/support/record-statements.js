import { appendFileSync } from 'node:fs';
import pg from 'pg';

// Preloaded into a process under test: writes each of its statements once, a line of JSON each, to the file in
// RECORD_STATEMENTS.

const seen = new Set();
const { query } = pg.Client.prototype;

pg.Client.prototype.query = function (asked, ...rest) {
  const { text = asked, name = '' } = typeof asked === 'object' && asked !== null ? asked : {};
  if (typeof text === 'string' && !seen.has(text)) {
    seen.add(text);
    appendFileSync(process.env.RECORD_STATEMENTS, `${JSON.stringify({ name, text })}\n`);
  }
  return query.call(this, asked, ...rest);
};
