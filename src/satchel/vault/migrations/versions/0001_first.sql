CREATE SCHEMA IF NOT EXISTS satchel;

CREATE TABLE satchel.deployment (
    id uuid PRIMARY KEY,
    made_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE satchel.deployment IS 'One row: names this vault, so that a Redis namespace is never used with two.';
INSERT INTO satchel.deployment (id) VALUES (gen_random_uuid());

CREATE TABLE satchel.inventory (
    char_id bigint PRIMARY KEY CHECK (char_id > 0),
    owner text NOT NULL,
    name text NOT NULL,
    level integer NOT NULL,
    attributes jsonb NOT NULL DEFAULT '{}',
    epoch bigint NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 0,
    h text NOT NULL,
    quarantine text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX inventory_owner ON satchel.inventory (owner);
COMMENT ON TABLE satchel.inventory IS 'One row per character: who it is, and the head of its history.';
COMMENT ON COLUMN satchel.inventory.epoch IS 'Number of attaches: a push of an older epoch is refused.';
COMMENT ON COLUMN satchel.inventory.version IS 'Number of saves that the vault holds.';
COMMENT ON COLUMN satchel.inventory.h IS 'Head of the chain of changes at that version.';
COMMENT ON COLUMN satchel.inventory.quarantine IS 'Why actions are refused; NULL if they are not.';

CREATE TABLE satchel.item (
    uid uuid PRIMARY KEY,
    char_id bigint NOT NULL REFERENCES satchel.inventory,
    definition text NOT NULL,
    quantity bigint NOT NULL CHECK (quantity > 0),
    container text,
    position integer,
    slot text,
    quick_slot smallint,
    locked boolean NOT NULL DEFAULT false,
    durability bigint,
    properties jsonb NOT NULL DEFAULT '{}',
    CHECK ((slot IS NULL) = (container IS NOT NULL AND position IS NOT NULL))
);
CREATE INDEX item_char_id ON satchel.item (char_id);
COMMENT ON TABLE satchel.item IS 'Every item or stack. The primary key is what makes a doubled item impossible.';

CREATE TABLE satchel.balance (
    char_id bigint NOT NULL REFERENCES satchel.inventory,
    resource text NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    PRIMARY KEY (char_id, resource)
);
COMMENT ON TABLE satchel.balance IS 'Wallet balances; a balance of zero has no row.';

CREATE TABLE satchel.ledger (
    char_id bigint NOT NULL REFERENCES satchel.inventory,
    version bigint NOT NULL,
    epoch bigint NOT NULL,
    h text NOT NULL,
    action_id text NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL,
    operations text[] NOT NULL,
    record json NOT NULL,
    PRIMARY KEY (char_id, version),
    UNIQUE (char_id, action_id)
);
COMMENT ON TABLE satchel.ledger IS 'Append-only: what every save did, written in the transaction that did it.';
COMMENT ON COLUMN satchel.ledger.record IS 'The exact text that h was computed from: json, not jsonb.';

CREATE TABLE satchel.dead_letter (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    char_id bigint NOT NULL,
    epoch bigint NOT NULL,
    base_version bigint NOT NULL,
    version bigint NOT NULL,
    reason text NOT NULL,
    records json NOT NULL,
    UNIQUE (char_id, epoch, version)
);
COMMENT ON TABLE satchel.dead_letter IS 'Saves that the vault refused; kept for the operator.';

CREATE TABLE satchel.forked_action (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    char_id bigint NOT NULL,
    epoch bigint NOT NULL,
    version bigint NOT NULL,
    h text NOT NULL,
    record json NOT NULL,
    UNIQUE (char_id, version, h)
);
COMMENT ON TABLE satchel.forked_action IS 'Saves of a history that lost against the one the vault holds.';
