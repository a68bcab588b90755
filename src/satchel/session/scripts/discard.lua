-- Remove a session and its unsaved changes. An operator has kept them elsewhere and wants the vault's state back.
--
-- KEYS  1 session, 2 journal, 3 marks, 4 due, 5 dirty
-- ARGV  1 version, 2 h (what the operator saw), 3 char_id
-- Returns {1} removed, {-1} no session, {-3} it has changed since

-- include: forget

local session, journal, marks, due, dirty = unpack(KEYS)
local version, h, char_id = unpack(ARGV)

local held_version, held_h = unpack(redis.call('HMGET', session, 'ver', 'h'))
if not held_version then return {-1} end
-- The operator kept what was there when they looked; what was saved since is kept nowhere else.
if held_version ~= version or held_h ~= h then return {-3} end
forget(session, journal, marks, due, dirty, char_id)
return {1}
