-- Attach, third step: the vault knows no newer epoch, so let the session acknowledge actions.
--
-- KEYS  1 session
-- ARGV  1 run_id, 2 epoch
-- Returns {4, state} as field, value, ..., {-1} no session, {-8, epoch} another attach is ahead

local session = KEYS[1]
local run, epoch = unpack(ARGV)

local held_run, held_epoch, state = unpack(redis.call('HMGET', session, 'run', 'epoch', 'state'))
if not held_run then return {-1} end
-- Another attach may have adopted the session since the vault was asked. Then only that one may confirm it.
if held_run ~= run or held_epoch ~= epoch then return {-8, held_epoch} end
if state == 'unconfirmed' then redis.call('HSET', session, 'state', 'live') end
return {4, redis.call('HGETALL', session)}
