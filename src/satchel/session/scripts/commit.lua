-- Save one action: compare, then write what changed.
--
-- KEYS  1 session, 2 journal, 3 marks, 4 due, 5 dirty
-- ARGV  1 run_id of this connection's server, 2 epoch, 3 version, 4 h (what the caller decided on),
--       5 mark of the action id (12 hex digits of the ms it was made at, or zeros; then a digest), 6 new version,
--       7 new h, 8 record, 9 now_ms, 10 due_ms, 11 char_id, 12 most unflushed records,
--       13 '1' if the caller knows that the action id was never used, or '',
--       14 number n of fields to remove, 15 .. 14+n those fields, then field, value, ...
-- Returns 1 saved (a list would take as long as another call), {1, 1} saved, and the session became dirty by it
--         {2, record, h} this action id was saved before: its record
--         {-1} no session, {-2} attach first, {-3, state} another version: the present state as field, value, ...
--         {-10} the id may have been used so long ago that it is forgotten here: ask the ledger
--         {-4} a state that this release does not know, {-5} quarantined, {-6} saved before, but its record is gone, {-7} too many unflushed records
--
-- Everything is checked before the first write, because a script is not rolled back.
local head = redis.call('HMGET', KEYS[1], 'run', 'epoch', 'ver', 'h', 'state', 'fver', 'quarantine', 'forgot',
  'whole')
if not head[1] then return {-1} end
if head[1] ~= ARGV[1] or head[5] == 'unconfirmed' then return {-2} end
-- Of a clean session the server may have evicted a part: what was done before must not be taken for new.
if head[9] and head[3] == head[6] and redis.call('EXISTS', KEYS[2], KEYS[3]) < 2 then return {-2} end

local known = redis.call('ZSCORE', KEYS[3], ARGV[5])
if known then
  local entry = redis.call('XRANGE', KEYS[2], known, known)[1]
  if not entry then return {-6} end
  return {2, entry[2][4], entry[2][2]}
end
if head[7] then return {-5} end
if head[5] ~= 'live' then return {-4} end
if head[2] ~= ARGV[2] or head[3] ~= ARGV[3] or head[4] ~= ARGV[4] then
  return {-3, redis.call('HGETALL', KEYS[1])}
end
-- Marks are forgotten only after the ledger has them. One made after the newest forgotten cannot be among them.
if head[8] and ARGV[13] == '' and tonumber(string.sub(ARGV[5], 1, 12), 16) <= tonumber(head[8]) then return {-10} end
if tonumber(head[3]) - tonumber(head[6]) >= tonumber(ARGV[12]) then return {-7} end

-- The stream refuses an id that does not grow, so it goes first: if it fails, nothing was written.
redis.call('XADD', KEYS[2], ARGV[6] .. '-0', 'h', ARGV[7], 'r', ARGV[8])
local first_set = 15 + tonumber(ARGV[14])
if first_set > 15 then redis.call('HDEL', KEYS[1], unpack(ARGV, 15, first_set - 1)) end
-- One call sets all there mostly is to set: a call costs more than what it does.
redis.call('HSET', KEYS[1], 'ver', ARGV[6], 'h', ARGV[7], unpack(ARGV, first_set, math.min(first_set + 999, #ARGV)))
for i = first_set + 1000, #ARGV, 1000 do
  redis.call('HSET', KEYS[1], unpack(ARGV, i, math.min(i + 999, #ARGV)))
end
redis.call('ZADD', KEYS[3], ARGV[6], ARGV[5])
-- Only a clean session can have a time to live; a dirty one must not. From now on it has a journal and marks.
if head[3] == head[6] then
  redis.call('HSET', KEYS[1], 'whole', '1')
  for i = 1, 3 do redis.call('PERSIST', KEYS[i]) end
end
local became_dirty = redis.call('ZADD', KEYS[4], 'NX', ARGV[10], ARGV[11])
if became_dirty == 0 then return 1 end
redis.call('ZADD', KEYS[5], 'NX', ARGV[9], ARGV[11])
return {1, 1}
