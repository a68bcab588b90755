-- End a session whose every change the vault holds.
--
-- KEYS  1 session, 2 journal, 3 marks, 4 due, 5 dirty
-- ARGV  1 char_id
-- Returns {1} closed, {2} it has changes that the vault lacks, {-1} no session
if redis.call('EXISTS', KEYS[1]) == 0 then return {-1} end
local head = redis.call('HMGET', KEYS[1], 'ver', 'fver')
if not head[1] or head[1] ~= head[2] then return {2} end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('ZREM', KEYS[5], ARGV[1])
return {1}
