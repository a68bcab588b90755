-- Give an attach lock back, unless it ran out and somebody else holds it by now.
--
-- KEYS  1 lock
-- ARGV  1 the holder's token
-- Returns {1}
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return {1}
