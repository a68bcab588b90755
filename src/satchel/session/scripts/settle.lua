-- The vault holds this version: forget what need not be kept, and let a clean session grow old.
--
-- KEYS  1 session, 2 journal, 3 marks, 4 due, 5 dirty
-- ARGV  1 epoch, 2 version, 3 h, 4 now_ms, 5 due_ms, 6 ttl_ms, 7 records kept, 8 marks kept, 9 char_id
-- Returns {1} clean, {2} changed since: it stays dirty, {-1} no session, {-8, epoch} attached anew since,
--         {-9} the session has another history at that version
local head = redis.call('HMGET', KEYS[1], 'epoch', 'ver', 'h', 'fver', 'fh', 'forgot')
if not head[1] then return {-1} end
if head[1] ~= ARGV[1] then return {-8, head[1]} end
-- A server that is out of memory lets a script write on if its first write needs none. Settling frees memory.
redis.call('PERSIST', KEYS[4])
if tonumber(ARGV[2]) > tonumber(head[4]) then
  local entry = redis.call('XRANGE', KEYS[2], ARGV[2], ARGV[2])[1]
  if not entry or entry[2][2] ~= ARGV[3] then return {-9} end
  redis.call('HSET', KEYS[1], 'fver', ARGV[2], 'fh', ARGV[3])
  head[4] = ARGV[2]
end
-- Unflushed records are never trimmed, however many there are.
local oldest_kept = math.min(tonumber(head[4]) + 1, tonumber(head[2]) - tonumber(ARGV[7]) + 1)
if oldest_kept > 1 then
  redis.call('XTRIM', KEYS[2], 'MINID', string.format('%.0f', oldest_kept))
end
-- Nor are their marks: an action whose save only this session knows must not be taken for a new one.
local last_forgotten = math.min(tonumber(head[4]), tonumber(head[2]) - tonumber(ARGV[8]))
if last_forgotten > 0 then
  local bound, newest = string.format('%.0f', last_forgotten), tonumber(head[6] or -1)
  local marks = redis.call('ZRANGE', KEYS[3], '-inf', bound, 'BYSCORE')
  for _, mark in ipairs(marks) do newest = math.max(newest, tonumber(string.sub(mark, 1, 12), 16)) end
  if #marks > 0 then
    redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', bound)
    redis.call('HSET', KEYS[1], 'forgot', string.format('%.0f', newest))
  end
end
if head[4] ~= head[2] then
  redis.call('ZADD', KEYS[4], 'XX', ARGV[5], ARGV[9])
  redis.call('ZADD', KEYS[5], 'XX', ARGV[4], ARGV[9])
  return {2}
end
redis.call('ZREM', KEYS[4], ARGV[9])
redis.call('ZREM', KEYS[5], ARGV[9])
for i = 1, 3 do redis.call('PEXPIRE', KEYS[i], ARGV[6]) end
return {1}
