-- in steps

-- What an account wrote in one room, and reacted to: without these, erasing one message reads them all.
-- Built while others write, outside of a transaction. One that broke off leaves an index that is not valid: it is made anew.
DROP INDEX CONCURRENTLY IF EXISTS messages_of_author;

CREATE INDEX CONCURRENTLY messages_of_author ON messages (room_id, author_id);

DROP INDEX CONCURRENTLY IF EXISTS reactions_of_user;

CREATE INDEX CONCURRENTLY reactions_of_user ON reactions (room_id, user_id);
