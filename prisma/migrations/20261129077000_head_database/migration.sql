-- The oid of the database in which the row was last written. A copy that CREATE DATABASE … TEMPLATE makes has the same tables with the same
-- filenodes, in the same run of the server. Null until the next epoch begins, which it does at once.
ALTER TABLE event_heads ADD COLUMN database oid;
