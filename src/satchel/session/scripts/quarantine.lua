-- Keep actions away from a session, or let them in again; reads go on.
--
-- KEYS  1 session, 2 due
-- ARGV  1 reason, or '' to release, 2 char_id, 3 now_ms
-- Returns {1}, or {-1} no session
if redis.call('EXISTS', KEYS[1]) == 0 then return {-1} end
if ARGV[1] == '' then
  redis.call('HDEL', KEYS[1], 'quarantine')
  redis.call('ZADD', KEYS[2], 'XX', ARGV[3], ARGV[2])
else
  redis.call('HSET', KEYS[1], 'quarantine', ARGV[1])
end
return {1}
