import { lockOf } from './migration-locks.js';

test.each([
  ['CREATE TABLE "a" (id bigint)', 'none', null],
  ['CREATE INDEX CONCURRENTLY IF NOT EXISTS a_key ON events (key)', 'none', 'events'],
  ['CREATE UNIQUE INDEX a_key ON "events" (key)', 'long', 'events'],
  ['DROP INDEX a_key', 'short', null],
  ['DROP INDEX CONCURRENTLY a_key', 'none', null],
  ['ALTER TABLE events ADD COLUMN note text', 'short', 'events'],
  ["ALTER TABLE events ADD COLUMN note text NOT NULL DEFAULT 'x'", 'short', 'events'],
  ['ALTER TABLE ONLY events\n  ADD COLUMN id uuid DEFAULT gen_random_uuid()', 'long', 'events'],
  ['ALTER TABLE events ADD COLUMN n bigint GENERATED ALWAYS AS IDENTITY', 'long', 'events'],
  ['ALTER TABLE events ALTER COLUMN note TYPE varchar(10)', 'long', 'events'],
  ['ALTER TABLE events ALTER COLUMN note SET NOT NULL', 'long', 'events'],
  ['ALTER TABLE events ADD CONSTRAINT c CHECK (n > 0)', 'long', 'events'],
  ['ALTER TABLE events ADD CONSTRAINT c CHECK (n > 0) NOT VALID', 'short', 'events'],
  ['ALTER TABLE events VALIDATE CONSTRAINT c', 'none', 'events'],
  ['ALTER TABLE events ADD CONSTRAINT p PRIMARY KEY USING INDEX i', 'short', 'events'],
  ['ALTER TABLE receipts SET (autovacuum_vacuum_scale_factor = 0.1)', 'short', 'receipts'],
  ['ALTER TABLE receipts ALTER COLUMN a SET STATISTICS 500', 'short', 'receipts'],
  ['UPDATE events SET note = 1', 'long', 'events'],
  ['INSERT INTO settings VALUES (1)', 'none', 'settings'],
  ['DROP TABLE IF EXISTS old', 'short', 'old'],
  ['DO $$ BEGIN END $$', 'unknown', null],
] as const)('%s: %s', (statement, lock, table) => {
  expect(lockOf(statement)).toMatchObject({ lock, table });
});
