-- Take sessions to flush, with what is unflushed of them.
--
-- KEYS  1 due, 2 dirty
-- ARGV  1 prefix of the bucket's keys, 2 most sessions, 3 most records in all, 4 lease_ms,
--       5 char_id, or '' for those due, 6 ms ahead of time to look for those due (a drain does not wait)
-- Returns {1, now_ms, char_id, epoch, fver, fh, entries, char_id, ...}
--
-- A claimed session comes due again when its lease is over; the lease spares double work and is no safety: the vault
-- takes a push only as a fast-forward. Leases run on the server's own clock.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local ids = {ARGV[5]}
if ARGV[5] == '' then ids = redis.call('ZRANGE', KEYS[1], '-inf', now + ARGV[6], 'BYSCORE', 'LIMIT', 0, ARGV[2]) end
local claimed, left = {1, now}, tonumber(ARGV[3])
for _, id in ipairs(ids) do
  local session, journal = ARGV[1] .. 's:' .. id, ARGV[1] .. 'j:' .. id
  local head = redis.call('HMGET', session, 'epoch', 'fver', 'fh', 'quarantine')
  if not head[1] then
    redis.call('ZREM', KEYS[1], id)
    redis.call('ZREM', KEYS[2], id)
  elseif left > 0 then
    local entries = redis.call('XRANGE', journal, '(' .. head[2], '+', 'COUNT', left)
    left = left - #entries
    -- A quarantined session stays in both indexes, so that it is seen, but is not tried again in every sweep.
    redis.call('ZADD', KEYS[1], 'XX', now + ARGV[4] * (head[4] and 60 or 1), id)
    if not head[4] or ARGV[5] ~= '' then
      for _, value in ipairs({id, head[1], head[2], head[3], entries}) do claimed[#claimed + 1] = value end
    end
  end
end
return claimed
