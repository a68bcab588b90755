-- Remove a session with what is unsaved of it: an operator has kept that elsewhere, and wants the vault's state back.
--
-- KEYS  1 session, 2 journal, 3 marks, 4 due, 5 dirty
-- ARGV  1 version, 2 h (what the operator saw), 3 char_id
-- Returns {1} removed, {-1} no session, {-3} it has changed since
local head = redis.call('HMGET', KEYS[1], 'ver', 'h')
if not head[1] then return {-1} end
if head[1] ~= ARGV[1] or head[2] ~= ARGV[2] then return {-3} end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
redis.call('ZREM', KEYS[4], ARGV[3])
redis.call('ZREM', KEYS[5], ARGV[3])
return {1}
