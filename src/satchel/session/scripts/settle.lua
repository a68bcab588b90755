-- The vault holds this version: trim what need not be kept, and give a clean session its time to live.
--
-- KEYS  1 session, 2 journal, 3 marks, 4 due, 5 dirty
-- ARGV  1 epoch, 2 version, 3 h, 4 now_ms, 5 due_ms, 6 ttl_ms, 7 records kept, 8 marks kept, 9 char_id
-- Returns {1} clean, {2} changed since: it stays dirty, {-1} no session, {-8, epoch} attached anew since,
--         {-9} the session has another history at that version

local session, journal, marks, due, dirty = unpack(KEYS)
local epoch, version, h, now_ms, due_ms, ttl_ms, records_kept, marks_kept, char_id = unpack(ARGV)

local held_epoch, held_version, flushed, forgot =
  unpack(redis.call('HMGET', session, 'epoch', 'ver', 'fver', 'forgot'))
if not held_epoch then return {-1} end
if held_epoch ~= epoch then return {-8, held_epoch} end
-- When Redis is out of memory it refuses a script's writes, unless an earlier one went through. PERSIST needs no
-- memory and goes first, so that a session can be settled: that is what frees memory.
redis.call('PERSIST', due)
if tonumber(version) > tonumber(flushed) then
  local entry = redis.call('XRANGE', journal, version, version)[1]
  -- The vault may hold another history under the same version. Only the chain tells.
  if not entry or entry[2][2] ~= h then return {-9} end
  redis.call('HSET', session, 'fver', version, 'fh', h)
  flushed = version
end
-- Unflushed records are never trimmed, however many there are: nothing else has them.
local oldest_kept = math.min(tonumber(flushed) + 1, tonumber(held_version) - tonumber(records_kept) + 1)
if oldest_kept > 1 then
  redis.call('XTRIM', journal, 'MINID', string.format('%.0f', oldest_kept))
end
-- Nor are their marks: an action that only this session knows would look new, and a retry would do it again.
local last_forgotten = math.min(tonumber(flushed), tonumber(held_version) - tonumber(marks_kept))
if last_forgotten > 0 then
  local bound, newest = string.format('%.0f', last_forgotten), tonumber(forgot or -1)
  local old_marks = redis.call('ZRANGE', marks, '-inf', bound, 'BYSCORE')
  for _, mark in ipairs(old_marks) do newest = math.max(newest, tonumber(string.sub(mark, 1, 12), 16)) end
  if #old_marks > 0 then
    redis.call('ZREMRANGEBYSCORE', marks, '-inf', bound)
    redis.call('HSET', session, 'forgot', string.format('%.0f', newest))
  end
end
-- The session changed during the flush. It is unsaved only since then, so its age counts from now.
if flushed ~= held_version then
  redis.call('ZADD', due, 'XX', due_ms, char_id)
  redis.call('ZADD', dirty, 'XX', now_ms, char_id)
  return {2}
end
redis.call('ZREM', due, char_id)
redis.call('ZREM', dirty, char_id)
for _, key in ipairs({session, journal, marks}) do redis.call('PEXPIRE', key, ttl_ms) end
return {1}
