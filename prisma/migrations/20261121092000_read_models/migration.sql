-- Read models: folds of the events, each with a checkpoint for every partition. Nothing here is the record; all of it can be folded again.
--
-- Events may come twice. A row keeps the position of the last event that changed it, and only a later one changes it again. What is
-- taken away (a membership, a reaction) stays as a row that is not `present`, or an old event would bring it back. Positions compare
-- within a row because all events of a row are in one partition.
--
-- Times have the milliseconds that an event's time has, so that a cursor that went through JavaScript finds its row again. Ids compare by
-- their bytes.

-- Moves by compare-and-set, in the transaction that changes the rows.
CREATE TABLE projection_checkpoints (
  name      text     NOT NULL,
  version   integer  NOT NULL,
  partition smallint NOT NULL,
  position  bigint   NOT NULL DEFAULT 0,
  live      boolean  NOT NULL DEFAULT false,
  CONSTRAINT projection_checkpoints_pkey PRIMARY KEY (name, version, partition)
);

CREATE TABLE users (
  id            text COLLATE "C" NOT NULL,
  handle        text             NOT NULL,
  name          text             NOT NULL,
  registered_at timestamptz(3)   NOT NULL,
  CONSTRAINT users_pkey PRIMARY KEY (id),
  CONSTRAINT users_handle_key UNIQUE (handle)
);

-- last_seq changes with every message: room on the page lets it change without a new index entry.
CREATE TABLE rooms (
  id           text COLLATE "C" NOT NULL,
  title        text             NOT NULL,
  created_at   timestamptz(3)   NOT NULL,
  created_by   text COLLATE "C" NOT NULL,
  member_count integer          NOT NULL DEFAULT 0,
  last_seq     integer          NOT NULL DEFAULT 0,
  position     bigint           NOT NULL,
  CONSTRAINT rooms_pkey PRIMARY KEY (id)
) WITH (fillfactor = 70);

CREATE INDEX rooms_newest ON rooms (created_at DESC, id DESC);

-- joined_at, joined_seq: of the last time that the user joined.
CREATE TABLE members (
  room_id    text COLLATE "C" NOT NULL,
  user_id    text COLLATE "C" NOT NULL,
  present    boolean          NOT NULL,
  joined_at  timestamptz(3)   NOT NULL,
  joined_seq integer          NOT NULL,
  position   bigint           NOT NULL,
  CONSTRAINT members_pkey PRIMARY KEY (room_id, user_id)
);

CREATE INDEX members_of_room ON members (room_id, joined_at, user_id) WHERE present;
CREATE INDEX rooms_of_member ON members (user_id, room_id) WHERE present;

CREATE TABLE messages (
  room_id    text COLLATE "C" NOT NULL,
  seq        integer          NOT NULL,
  author_id  text COLLATE "C" NOT NULL,
  body       text             NOT NULL,
  created_at timestamptz(3)   NOT NULL,
  CONSTRAINT messages_pkey PRIMARY KEY (room_id, seq)
);

-- Who reacted. Tells whether an event changes a count, and which reactions are a viewer's own.
CREATE TABLE reactions (
  room_id  text COLLATE "C" NOT NULL,
  seq      integer          NOT NULL,
  emoji    text COLLATE "C" NOT NULL,
  user_id  text COLLATE "C" NOT NULL,
  present  boolean          NOT NULL,
  position bigint           NOT NULL,
  CONSTRAINT reactions_pkey PRIMARY KEY (room_id, seq, emoji, user_id)
);

-- How many present rows `reactions` has: a page costs its messages, however many people reacted. A count of 0 stays, for first_position
-- is where the emoji was ever used first.
CREATE TABLE reaction_counts (
  room_id        text COLLATE "C" NOT NULL,
  seq            integer          NOT NULL,
  emoji          text COLLATE "C" NOT NULL,
  count          integer          NOT NULL,
  first_position bigint           NOT NULL,
  CONSTRAINT reaction_counts_pkey PRIMARY KEY (room_id, seq, emoji)
) WITH (fillfactor = 70);

-- position: of the last event that joined or left. read_seq only grows.
CREATE TABLE read_positions (
  room_id  text COLLATE "C" NOT NULL,
  user_id  text COLLATE "C" NOT NULL,
  present  boolean          NOT NULL,
  read_seq integer          NOT NULL,
  position bigint           NOT NULL,
  CONSTRAINT read_positions_pkey PRIMARY KEY (room_id, user_id)
) WITH (fillfactor = 70);
