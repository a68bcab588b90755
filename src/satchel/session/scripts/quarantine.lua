-- Keep actions away from a session, or let them in again; reads go on.
--
-- KEYS  1 session, 2 due, 3 dirty
-- ARGV  1 reason, or '' to release, 2 char_id, 3 now_ms
-- Returns {1}, or {-1} no session
if redis.call('EXISTS', KEYS[1]) == 0 then return {-1} end
redis.call('ZREM', KEYS[3], ARGV[2])
if ARGV[1] ~= '' then
  redis.call('HSET', KEYS[1], 'quarantine', ARGV[1])
else
  redis.call('HDEL', KEYS[1], 'quarantine')
  local head = redis.call('HMGET', KEYS[1], 'ver', 'fver')
  if head[1] ~= head[2] then
    redis.call('ZADD', KEYS[2], ARGV[3], ARGV[2])
    redis.call('ZADD', KEYS[3], ARGV[3], ARGV[2])
  end
end
return {1}
