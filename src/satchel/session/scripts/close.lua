-- End a session if the vault holds all of it.
--
-- KEYS  1 session, 2 journal, 3 marks, 4 due, 5 dirty
-- ARGV  1 char_id
-- Returns {1} closed, {2} the vault lacks some of its changes, {-1} no session

-- include: forget

local session, journal, marks, due, dirty = unpack(KEYS)
local char_id = ARGV[1]

if redis.call('EXISTS', session) == 0 then return {-1} end
local version, flushed = unpack(redis.call('HMGET', session, 'ver', 'fver'))
if not version or version ~= flushed then return {2} end
forget(session, journal, marks, due, dirty, char_id)
return {1}
