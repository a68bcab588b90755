-- name: create_character
-- Create a character with an empty inventory; returns nothing if it exists.
INSERT INTO satchel.inventory (char_id, owner, name, level, attributes, h)
VALUES ($1, $2, $3, $4, $5::text::jsonb, $6)
ON CONFLICT (char_id) DO NOTHING
RETURNING char_id;

-- name: find_characters
-- The first 100 characters of a player.
SELECT char_id, name, level FROM satchel.inventory WHERE owner = $1 ORDER BY char_id LIMIT 100;

-- name: open_epoch
-- Attach: raise the epoch above the vault's and the session's. Locks the row until the transaction ends.
UPDATE satchel.inventory SET epoch = greatest(epoch, $2) + 1
WHERE char_id = $1
RETURNING epoch, version, h, owner, name, level, attributes::text, quarantine;

-- name: read_character
-- A character and the head of its history.
SELECT epoch, version, h, owner, name, level, attributes::text, quarantine
FROM satchel.inventory WHERE char_id = $1;

-- name: read_epoch
-- The epoch as it is now.
SELECT epoch FROM satchel.inventory WHERE char_id = $1;

-- name: read_items
-- All items of a character.
SELECT uid::text, definition, quantity, container, position, slot, quick_slot, locked, durability, properties::text
FROM satchel.item WHERE char_id = $1 ORDER BY uid;

-- name: read_balances
-- All balances of a character.
SELECT resource, amount FROM satchel.balance WHERE char_id = $1;

-- name: read_recent
-- The newest ledger rows of a character. The first $2 have their record; the rest only mark used action ids.
SELECT version, h, action_id, CASE WHEN row_number() OVER (ORDER BY version DESC) <= $2 THEN record::text END AS record
FROM satchel.ledger WHERE char_id = $1 ORDER BY version DESC LIMIT $3;

-- name: read_ledger
-- Ledger rows below a version, newest first.
SELECT char_id, version, epoch, h, action_id, record::text
FROM satchel.ledger WHERE char_id = $1 AND version < $2 ORDER BY version DESC LIMIT $3;

-- name: fence
-- Push, first step: lock the heads of the batch. All pushes lock in the order of ids, so they cannot deadlock.
SELECT char_id, epoch, version, h FROM satchel.inventory
WHERE char_id = ANY($1::bigint[]) ORDER BY char_id FOR NO KEY UPDATE;

-- name: advance
-- Push: move the heads, each only from the pair that the push compared.
UPDATE satchel.inventory AS i
SET epoch = n.epoch, version = n.version, h = n.h, updated_at = now()
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::text[])
    AS n (char_id, epoch, version, h, from_version, from_h)
WHERE i.char_id = n.char_id AND i.version = n.from_version AND i.h = n.from_h;

-- name: update_characters
-- Push: names, levels and attributes that changed.
UPDATE satchel.inventory AS i
SET owner = n.owner, name = n.name, level = n.level, attributes = n.attributes::jsonb
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::integer[], $5::text[])
    AS n (char_id, owner, name, level, attributes)
WHERE i.char_id = n.char_id;

-- name: delete_items
-- Push: delete items that are gone, but only those of the character itself.
DELETE FROM satchel.item AS i
USING unnest($1::uuid[], $2::bigint[]) AS n (uid, char_id)
WHERE i.uid = n.uid AND i.char_id = n.char_id;

-- name: upsert_items
-- Push: items that are new or changed. A row of another character is left alone, and the count then tells.
INSERT INTO satchel.item AS i
    (uid, char_id, definition, quantity, container, position, slot, quick_slot, locked, durability, properties)
SELECT n.uid, n.char_id, n.definition, n.quantity, n.container, n.position, n.slot, n.quick_slot, n.locked, n.durability,
    n.properties::jsonb
FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::integer[], $7::text[], $8::smallint[],
    $9::boolean[], $10::bigint[], $11::text[])
    AS n (uid, char_id, definition, quantity, container, position, slot, quick_slot, locked, durability, properties)
ON CONFLICT (uid) DO UPDATE SET
    definition = excluded.definition, quantity = excluded.quantity, container = excluded.container,
    position = excluded.position, slot = excluded.slot, quick_slot = excluded.quick_slot, locked = excluded.locked,
    durability = excluded.durability, properties = excluded.properties
WHERE i.char_id = excluded.char_id;

-- name: find_owners
-- The owners of some items.
SELECT uid::text, char_id FROM satchel.item WHERE uid = ANY($1::uuid[]);

-- name: delete_balances
-- Push: delete balances that fell to zero.
DELETE FROM satchel.balance AS b
USING unnest($1::bigint[], $2::text[]) AS n (char_id, resource)
WHERE b.char_id = n.char_id AND b.resource = n.resource;

-- name: upsert_balances
-- Push: balances that are new or changed.
INSERT INTO satchel.balance (char_id, resource, amount)
SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[])
ON CONFLICT (char_id, resource) DO UPDATE SET amount = excluded.amount;

-- name: append_ledger
-- Push: add one row per save.
INSERT INTO satchel.ledger (char_id, version, epoch, h, action_id, actor, at, operations, record)
SELECT n.char_id, n.version, n.epoch, n.h, n.action_id, n.actor, to_timestamp(n.at_ms / 1000.0),
    string_to_array(n.operations, ' '), n.record::json
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[],
    $9::text[])
    AS n (char_id, version, epoch, h, action_id, actor, at_ms, operations, record);

-- name: knows_action
-- Whether an action id was used.
SELECT EXISTS (SELECT FROM satchel.ledger WHERE char_id = $1 AND action_id = $2);

-- name: set_quarantine
-- Keep actions away from a character; with NULL, let them in again. The new epoch makes every session attach again.
UPDATE satchel.inventory SET quarantine = $2, epoch = epoch + 1 WHERE char_id = $1;

-- name: dead_letter
-- Keep records that the vault refused for good.
INSERT INTO satchel.dead_letter (char_id, epoch, base_version, version, reason, records)
VALUES ($1, $2, $3, $4, $5, $6::text::json)
ON CONFLICT (char_id, epoch, version) DO NOTHING;

-- name: keep_fork
-- Keep saves of a history that lost, except those that the ledger has too.
INSERT INTO satchel.forked_action (char_id, epoch, version, h, record)
SELECT $1, $2, n.version, n.h, n.record::json
FROM unnest($3::bigint[], $4::text[], $5::text[]) AS n (version, h, record)
WHERE NOT EXISTS (SELECT FROM satchel.ledger AS l WHERE l.char_id = $1 AND l.version = n.version AND l.h = n.h)
ON CONFLICT (char_id, version, h) DO NOTHING;

-- name: ping
-- Whether the vault answers.
SELECT 1;

-- name: deployment
-- The id of this vault.
SELECT id::text FROM satchel.deployment;

-- name: settings
-- The settings that the promise depends on.
SELECT current_setting('server_version_num')::integer AS version, current_setting('synchronous_commit') AS sync,
    current_setting('fsync') AS fsync, current_setting('server_encoding') AS encoding;
