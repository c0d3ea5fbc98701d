-- Gifticon campaigns: a read model, and the store of codes.

-- generated: how many of the codes are made from the deployment's key; the rest of the stock was loaded. partition: of its events.
CREATE TABLE campaigns (
  id         text COLLATE "C" NOT NULL,
  title      text             NOT NULL,
  generated  integer          NOT NULL,
  stock      integer          NOT NULL,
  issued     integer          NOT NULL DEFAULT 0,
  opens_at   timestamptz(3)   NOT NULL,
  closes_at  timestamptz(3),
  paused     boolean          NOT NULL DEFAULT false,
  sold_out   boolean          NOT NULL DEFAULT false,
  created_at timestamptz(3)   NOT NULL,
  partition  smallint         NOT NULL,
  position   bigint           NOT NULL,
  CONSTRAINT campaigns_pkey PRIMARY KEY (id)
) WITH (fillfactor = 70);

CREATE INDEX campaigns_newest ON campaigns (created_at DESC, id DESC);

-- Ready-made codes, part of the record: sealed with the deployment's key of codes, so that the rows alone tell none of them. digest: a keyed
-- hash of the code, by which a second one is noticed. Rows above the campaign's stock are of a load that never got there.
CREATE TABLE gifticon_codes (
  campaign_id text COLLATE "C" NOT NULL,
  nth         integer          NOT NULL,
  sealed      bytea            NOT NULL,
  digest      bytea            NOT NULL,
  CONSTRAINT gifticon_codes_pkey PRIMARY KEY (campaign_id, nth),
  CONSTRAINT gifticon_codes_digest UNIQUE (campaign_id, digest)
);
