-- Put sessions with unflushed changes back into their bucket's indexes, where they are missing.
--
-- KEYS  1 due, 2 dirty
-- ARGV  1 prefix of the bucket's keys, 2 now_ms, 3 .. char_ids to look at
-- Returns {1, how many were missing}

local due, dirty = unpack(KEYS)
local prefix, now_ms = unpack(ARGV, 1, 2)
local first_id = 3

local restored = 0
for i = first_id, #ARGV do
  local char_id = ARGV[i]
  local version, flushed, quarantine =
    unpack(redis.call('HMGET', prefix .. 's:' .. char_id, 'ver', 'fver', 'quarantine'))
  if version and version ~= flushed and not quarantine then
    -- A dirty session must never expire. NX: an entry that is there keeps its time.
    for _, kind in ipairs({'s:', 'j:', 'a:'}) do redis.call('PERSIST', prefix .. kind .. char_id) end
    restored = restored + redis.call('ZADD', due, 'NX', now_ms, char_id)
    redis.call('ZADD', dirty, 'NX', now_ms, char_id)
  end
end
return {1, restored}
