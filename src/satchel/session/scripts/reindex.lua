-- Put sessions with unflushed changes back into their bucket's indexes, should they be missing there.
--
-- KEYS  1 due, 2 dirty
-- ARGV  1 prefix of the bucket's keys, 2 now_ms, 3 .. char_ids to look at
-- Returns {1, how many were missing}
local restored = 0
for i = 3, #ARGV do
  local id = ARGV[i]
  local head = redis.call('HMGET', ARGV[1] .. 's:' .. id, 'ver', 'fver', 'quarantine')
  if head[1] and head[1] ~= head[2] and not head[3] then
    for _, kind in ipairs({'s:', 'j:', 'a:'}) do redis.call('PERSIST', ARGV[1] .. kind .. id) end
    restored = restored + redis.call('ZADD', KEYS[1], 'NX', ARGV[2], id)
    redis.call('ZADD', KEYS[2], 'NX', ARGV[2], id)
  end
end
return {1, restored}
