-- Give an attach lock back, unless it ran out and another attacher holds it by now.
--
-- KEYS  1 lock
-- ARGV  1 the holder's token
-- Returns {1}

local lock, token = KEYS[1], ARGV[1]

if redis.call('GET', lock) == token then redis.call('DEL', lock) end
return {1}
