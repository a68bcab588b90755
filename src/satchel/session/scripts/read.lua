-- Read a session, or say that the caller's copy is the present state.
--
-- KEYS  1 session, 2 journal, 3 marks
-- ARGV  1 run_id of this connection's server, 2 epoch, 3 version, 4 h of the caller's copy ('' if it has none),
--       5 mark (digest of an action id), or ''
-- Returns {2, record, h} the action id was saved before, {3, quarantined} the caller's copy is the present state,
--         {4, state} as field, value, ..., {-1} no session, {-2} attach first,
--         {-6} saved before, but its record is gone

-- include: torn

local session, journal, marks = unpack(KEYS)
local run, epoch, version, h, mark = unpack(ARGV)

local held_run, held_epoch, held_version, held_h, state, quarantine, flushed, whole = unpack(redis.call(
  'HMGET', session, 'run', 'epoch', 'ver', 'h', 'state', 'quarantine', 'fver', 'whole'))
if not held_run then return {-1} end
if held_run ~= run or state == 'unconfirmed' then return {-2} end
-- An action that was done before must not look undone. Its mark may be part of what was evicted, so attach first.
if is_torn(whole, held_version, flushed, journal, marks) then return {-2} end
if mark ~= '' then
  local known = redis.call('ZSCORE', marks, mark)
  if known then
    local entry = redis.call('XRANGE', journal, known, known)[1]
    if not entry then return {-6} end
    return {2, entry[2][4], entry[2][2]}
  end
end
if held_epoch == epoch and held_version == version and held_h == h then
  return {3, quarantine and 1 or 0}
end
return {4, redis.call('HGETALL', session)}
