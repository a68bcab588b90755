-- Claim sessions to flush, and return their unflushed records.
--
-- KEYS  1 due, 2 dirty
-- ARGV  1 prefix of the bucket's keys, 2 most sessions, 3 most records in all, 4 lease_ms,
--       5 char_id to claim one session due or not, or '',
--       6 how many ms early a session counts as due (a drain does not wait)
-- Returns {1, now_ms, char_id, epoch, fver, fh, entries, char_id, ...}
--
-- A session whose head is damaged or whose journal is gone cannot be pushed: it is quarantined and not handed out.
--
-- A claimed session comes due again when its lease runs out. The lease only spares double work. What keeps the vault
-- safe is that it takes a push only as a fast-forward. Leases run on the server's own clock, because workers' clocks
-- may differ.

local due, dirty = unpack(KEYS)
local prefix, sessions_max, records_max, lease_ms, char_id, ahead_ms = unpack(ARGV)
local clock = redis.call('TIME')
local now_ms = clock[1] * 1000 + math.floor(clock[2] / 1000)
local ids = {char_id}
if char_id == '' then
  ids = redis.call('ZRANGE', due, '-inf', now_ms + ahead_ms, 'BYSCORE', 'LIMIT', 0, sessions_max)
end
local claimed, left = {1, now_ms}, tonumber(records_max)
-- When Redis is out of memory it refuses a script's writes, unless an earlier one went through. PERSIST needs no
-- memory and goes first, so that a flush can go on: it is what frees memory.
redis.call('PERSIST', due)
for _, id in ipairs(ids) do
  local session, journal = prefix .. 's:' .. id, prefix .. 'j:' .. id
  local epoch, flushed, flushed_h, quarantine, version =
    unpack(redis.call('HMGET', session, 'epoch', 'fver', 'fh', 'quarantine', 'ver'))
  if redis.call('EXISTS', session) == 0 then
    redis.call('ZREM', due, id)
    redis.call('ZREM', dirty, id)
  elseif left > 0 then
    local whole = tonumber(epoch or '') and tonumber(flushed or '') and flushed_h and version
    local entries = whole and redis.call('XRANGE', journal, '(' .. flushed, '+', 'COUNT', left) or {}
    left = left - #entries
    if not whole or (#entries == 0 and version ~= flushed) then
      whole, quarantine = false, quarantine or 'the session is damaged'
      redis.call('HSET', session, 'quarantine', quarantine)
    end
    -- A quarantined session waits for an operator. It is not tried again in every sweep and does not count as lag.
    if quarantine then redis.call('ZREM', dirty, id) end
    redis.call('ZADD', due, 'XX', now_ms + lease_ms * (quarantine and 60 or 1), id)
    if whole and (not quarantine or char_id ~= '') then
      for _, value in ipairs({id, epoch, flushed, flushed_h, entries}) do claimed[#claimed + 1] = value end
    end
  end
end
return claimed
