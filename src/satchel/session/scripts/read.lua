-- Read a session, or learn that the caller's copy is the present one.
--
-- KEYS  1 session, 2 journal, 3 marks
-- ARGV  1 run_id of this connection's server, 2 epoch, 3 version, 4 h of the caller's copy ('' if it has none),
--       5 mark (digest of an action id), or ''
-- Returns {2, record, h} the action id was saved before, {3, quarantined} the caller's copy is the present state,
--         {4, state} as field, value, ..., {-1} no session, {-2} attach first, {-6} saved before, but its record is gone
local head = redis.call('HMGET', KEYS[1], 'run', 'epoch', 'ver', 'h', 'state', 'quarantine', 'fver', 'whole')
if not head[1] then return {-1} end
if head[1] ~= ARGV[1] or head[5] == 'unconfirmed' then return {-2} end
-- Of a clean session the server may have evicted a part: what was done before must not be taken for undone.
if head[8] and head[3] == head[7] and redis.call('EXISTS', KEYS[2], KEYS[3]) < 2 then return {-2} end
if ARGV[5] ~= '' then
  local known = redis.call('ZSCORE', KEYS[3], ARGV[5])
  if known then
    local entry = redis.call('XRANGE', KEYS[2], known, known)[1]
    if not entry then return {-6} end
    return {2, entry[2][4], entry[2][2]}
  end
end
if head[2] == ARGV[2] and head[3] == ARGV[3] and head[4] == ARGV[4] then
  return {3, head[6] and 1 or 0}
end
return {4, redis.call('HGETALL', KEYS[1])}
