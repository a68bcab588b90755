-- Keep actions away from a session, or let them in again. Reads go on in both cases.
--
-- KEYS  1 session, 2 due, 3 dirty
-- ARGV  1 reason, or '' to release, 2 char_id, 3 now_ms
-- Returns {1}, or {-1} no session

local session, due, dirty = unpack(KEYS)
local reason, char_id, now_ms = unpack(ARGV)

if redis.call('EXISTS', session) == 0 then return {-1} end
-- Nothing is flushed while an operator looks, so the session must not count as lag.
redis.call('ZREM', dirty, char_id)
if reason ~= '' then
  redis.call('HSET', session, 'quarantine', reason)
else
  redis.call('HDEL', session, 'quarantine')
  local version, flushed = unpack(redis.call('HMGET', session, 'ver', 'fver'))
  if version ~= flushed then
    redis.call('ZADD', due, now_ms, char_id)
    redis.call('ZADD', dirty, now_ms, char_id)
  end
end
return {1}
