-- Attach, third step: the vault still knows no newer epoch, so the session may acknowledge actions.
--
-- KEYS  1 session
-- ARGV  1 run_id, 2 epoch
-- Returns {4, state} as field, value, ..., {-1} no session, {-8, epoch} another attach is ahead
local head = redis.call('HMGET', KEYS[1], 'run', 'epoch', 'state')
if not head[1] then return {-1} end
if head[1] ~= ARGV[1] or head[2] ~= ARGV[2] then return {-8, head[2]} end
if head[3] == 'unconfirmed' then redis.call('HSET', KEYS[1], 'state', 'live') end
return {4, redis.call('HGETALL', KEYS[1])}
