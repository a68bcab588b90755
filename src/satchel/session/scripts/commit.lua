-- Save one action: compare, then write what changed.
--
-- KEYS  1 session, 2 journal, 3 marks, 4 due, 5 dirty
-- ARGV  1 run_id of this connection's server, 2 epoch, 3 version, 4 h (what the caller decided on),
--       5 mark of the action id (12 hex digits of the ms it was made at, or zeros; then a digest), 6 new version,
--       7 new h, 8 record, 9 now_ms, 10 due_ms, 11 char_id, 12 most unflushed records,
--       13 '1' if the caller knows that the action id was never used, or '',
--       14 number n of fields to remove, 15 .. 14+n those fields, then field, value, ...
-- Returns 1 saved (a bare number, because building a list costs as much as another call),
--         {1, 1} saved, and the session was clean before
--         {2, record, h} this action id was saved before: its record
--         {-1} no session, {-2} attach first, {-3, state} another head: the present state as field, value, ...
--         {-4} in a state that this release does not know, {-5} quarantined,
--         {-6} saved before, but its record is gone, {-7} too many unflushed records,
--         {-10} the action id may have been used so long ago that the session forgot it: ask the ledger
--
-- All checks come before the first write, because Redis does not roll a script back.

-- include: torn

local session, journal, marks, due, dirty = unpack(KEYS)
local run, epoch, version, h, mark, new_version, new_h, record, now_ms, due_ms, char_id, unflushed_max, surely_new =
  unpack(ARGV, 1, 13)
local first_removed = 15
local first_set = first_removed + tonumber(ARGV[14])

local held_run, held_epoch, held_version, held_h, state, flushed, quarantine, forgot, whole = unpack(redis.call(
  'HMGET', session, 'run', 'epoch', 'ver', 'h', 'state', 'fver', 'quarantine', 'forgot', 'whole'))
if not held_run then return {-1} end
if held_run ~= run or state == 'unconfirmed' then return {-2} end
-- An action that was done before must not look new. Its mark may be part of what was evicted, so attach first.
if is_torn(whole, held_version, flushed, journal, marks) then return {-2} end

-- This comes before any refusal: what was done was done, also if the session is quarantined or has moved on since.
local known = redis.call('ZSCORE', marks, mark)
if known then
  local entry = redis.call('XRANGE', journal, known, known)[1]
  if not entry then return {-6} end
  return {2, entry[2][4], entry[2][2]}
end
if quarantine then return {-5} end
if state ~= 'live' then return {-4} end
if held_epoch ~= epoch or held_version ~= version or held_h ~= h then
  return {-3, redis.call('HGETALL', session)}
end
-- The session forgets a mark only once the ledger has it. An action id that was made after the newest forgotten one
-- cannot be among them; for an older one only the ledger knows.
if forgot and surely_new == '' and tonumber(string.sub(mark, 1, 12), 16) <= tonumber(forgot) then return {-10} end
if tonumber(held_version) - tonumber(flushed) >= tonumber(unflushed_max) then return {-7} end

-- The stream refuses an id that does not grow. So it goes first: if it fails, nothing has been written.
redis.call('XADD', journal, new_version .. '-0', 'h', new_h, 'r', record)
for i = first_removed, first_set - 1, 1000 do
  redis.call('HDEL', session, unpack(ARGV, i, math.min(i + 999, first_set - 1)))
end
-- One HSET usually writes everything, because each call costs more than what it writes. unpack fails on some 8,000
-- values, so the rest follows in portions.
redis.call('HSET', session, 'ver', new_version, 'h', new_h,
  unpack(ARGV, first_set, math.min(first_set + 999, #ARGV)))
for i = first_set + 1000, #ARGV, 1000 do
  redis.call('HSET', session, unpack(ARGV, i, math.min(i + 999, #ARGV)))
end
redis.call('ZADD', marks, new_version, mark)
-- Only a clean session may have a time to live, and this save ends that. From now on it has a journal and marks, so
-- that one of them missing means an eviction.
if held_version == flushed then
  redis.call('HSET', session, 'whole', '1')
  for _, key in ipairs({session, journal, marks}) do redis.call('PERSIST', key) end
end
-- NX keeps the moment at which the session is due already. If each save moved it, a busy session would never be
-- flushed.
local became_dirty = redis.call('ZADD', due, 'NX', due_ms, char_id)
if became_dirty == 0 then return 1 end
redis.call('ZADD', dirty, 'NX', now_ms, char_id)
return {1, 1}
