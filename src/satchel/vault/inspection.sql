-- name: count_characters
-- Number of characters.
SELECT count(*) FROM satchel.inventory;

-- name: page_of_heads
-- The next characters above an id, with their heads.
SELECT char_id, epoch, version, h, owner, name, level, attributes::text, quarantine
FROM satchel.inventory WHERE char_id > $1 ORDER BY char_id LIMIT $2;

-- name: head
-- One character, with its head.
SELECT char_id, epoch, version, h, owner, name, level, attributes::text, quarantine
FROM satchel.inventory WHERE char_id = $1;

-- name: items_of
-- The items of some characters.
SELECT char_id, uid::text, definition, quantity, container, position, slot, quick_slot, locked, durability,
    properties::text
FROM satchel.item WHERE char_id = ANY($1::bigint[]) ORDER BY char_id, uid;

-- name: balances_of
-- The balances of some characters.
SELECT char_id, resource, amount FROM satchel.balance WHERE char_id = ANY($1::bigint[]) ORDER BY char_id, resource;

-- name: ledger_of
-- The ledgers of some characters, each above a version, oldest rows first.
SELECT l.char_id, l.version, l.epoch, l.h, l.action_id, l.record::text
FROM unnest($1::bigint[], $2::bigint[]) AS n (char_id, above)
JOIN satchel.ledger AS l ON l.char_id = n.char_id AND l.version > n.above
ORDER BY l.char_id, l.version;

-- name: lineage
-- Every ledger row of any character that touched an item, oldest first. Reads the whole ledger.
SELECT char_id, version, epoch, h, action_id, record::text
FROM satchel.ledger WHERE position($1 IN record::text) > 0 ORDER BY at, char_id, version;

-- name: owners_of
-- The owners of some items.
SELECT uid::text, char_id FROM satchel.item WHERE uid = ANY($1::uuid[]);

-- name: version_at
-- The version of a character at a moment; NULL before its first save.
SELECT max(version) FROM satchel.ledger WHERE char_id = $1 AND at <= $2;

-- name: quarantined
-- Characters that may not act; with $1 also those that have dead letters or forked actions.
SELECT i.char_id, i.name, i.owner, i.version, coalesce(i.quarantine, '') AS reason,
    (SELECT count(*) FROM satchel.dead_letter AS d WHERE d.char_id = i.char_id) AS dead_letters,
    (SELECT count(*) FROM satchel.forked_action AS f WHERE f.char_id = i.char_id) AS forked_actions
FROM satchel.inventory AS i
WHERE i.quarantine IS NOT NULL
    OR ($1 AND (EXISTS (SELECT FROM satchel.dead_letter AS d WHERE d.char_id = i.char_id)
        OR EXISTS (SELECT FROM satchel.forked_action AS f WHERE f.char_id = i.char_id)))
ORDER BY i.char_id;

-- name: dead_letters_of
-- Saves of a character that the vault refused for good, oldest first.
SELECT id, at, epoch, base_version, version, reason, records::text
FROM satchel.dead_letter WHERE char_id = $1 ORDER BY id;

-- name: forked_actions_of
-- Saves of a character's histories that lost, and whether the ledger has the very same save.
SELECT f.id, f.at, f.epoch, f.version, f.h, f.record::text, l.h IS NOT NULL AS in_ledger
FROM satchel.forked_action AS f
LEFT JOIN satchel.ledger AS l ON l.char_id = f.char_id AND l.version = f.version AND l.h = f.h
WHERE f.char_id = $1 ORDER BY f.id;

-- name: count_aside
-- Counts of dead letters, of saves of lost histories that the ledger lacks, and of quarantined characters.
SELECT (SELECT count(*) FROM satchel.dead_letter) AS dead_letters,
    (SELECT count(*) FROM satchel.forked_action AS f WHERE NOT EXISTS (
        SELECT FROM satchel.ledger AS l WHERE l.char_id = f.char_id AND l.version = f.version AND l.h = f.h
    )) AS forked_actions,
    (SELECT count(*) FROM satchel.inventory WHERE quarantine IS NOT NULL) AS quarantined;
