-- Take sessions to flush, with what is unflushed of them.
--
-- KEYS  1 due, 2 dirty
-- ARGV  1 prefix of the bucket's keys, 2 most sessions, 3 most records in all, 4 lease_ms,
--       5 char_id, or '' for those due, 6 ms ahead of time to look for those due (a drain does not wait)
-- Returns {1, now_ms, char_id, epoch, fver, fh, entries, char_id, ...}
--
-- A session whose head is damaged, or whose journal is gone, is put into quarantine and not handed out: what it has
-- cannot be pushed. A claimed session comes due again when its lease is over; the lease spares double work and is no
-- safety: the vault takes a push only as a fast-forward. Leases run on the server's own clock.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local ids = {ARGV[5]}
if ARGV[5] == '' then ids = redis.call('ZRANGE', KEYS[1], '-inf', now + ARGV[6], 'BYSCORE', 'LIMIT', 0, ARGV[2]) end
local claimed, left = {1, now}, tonumber(ARGV[3])
-- A server that is out of memory lets a script write on if its first write needs none. A flush frees memory.
redis.call('PERSIST', KEYS[1])
for _, id in ipairs(ids) do
  local session, journal = ARGV[1] .. 's:' .. id, ARGV[1] .. 'j:' .. id
  local head = redis.call('HMGET', session, 'epoch', 'fver', 'fh', 'quarantine', 'ver')
  if redis.call('EXISTS', session) == 0 then
    redis.call('ZREM', KEYS[1], id)
    redis.call('ZREM', KEYS[2], id)
  elseif left > 0 then
    local whole = tonumber(head[1] or '') and tonumber(head[2] or '') and head[3] and head[5]
    local entries = whole and redis.call('XRANGE', journal, '(' .. head[2], '+', 'COUNT', left) or {}
    left = left - #entries
    if not whole or (#entries == 0 and head[5] ~= head[2]) then
      whole, head[4] = false, head[4] or 'the session is damaged'
      redis.call('HSET', session, 'quarantine', head[4])
    end
    -- A quarantined session is not tried again in every sweep, nor does it count as lag: it waits for an operator.
    if head[4] then redis.call('ZREM', KEYS[2], id) end
    redis.call('ZADD', KEYS[1], 'XX', now + ARGV[4] * (head[4] and 60 or 1), id)
    if whole and (not head[4] or ARGV[5] ~= '') then
      for _, value in ipairs({id, head[1], head[2], head[3], entries}) do claimed[#claimed + 1] = value end
    end
  end
end
return claimed
