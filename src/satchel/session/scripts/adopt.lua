-- Attach, second step: bind the session to this server and to this epoch, and decide whose state goes on.
--
-- KEYS  1 session, 2 journal, 3 marks, 4 due, 5 dirty, 6 fork (where a journal that lost is set aside)
-- ARGV  1 run_id, 2 epoch (just opened in the vault), 3 version, 4 h (what the vault holds), 5 now_ms, 6 ttl_ms,
--       7 char_id, 8 quarantine reason or '', 9 '1' to give up the session's own state because it is unreadable, or '',
--       10 number of state fields, 11 number of records, 12 number of marks, then
--       field, value, ... ; version, h, record, ... (oldest first) ; mark, version, ...
-- Returns {1} took the vault's state, {2} kept the session's own state,
--         {3, entries} the two histories part: took the vault's state and set the session's journal aside,
--         {-8, epoch} another attach is ahead
--
-- The session stays unconfirmed, and so acknowledges nothing, until the vault has said once more that this epoch is
-- its newest. Without that second look a slow attacher could open the session to actions that the vault then fences.

-- include: forget
-- include: torn

local session, journal, marks, due, dirty, fork = unpack(KEYS)
local run, epoch, version, h, now_ms, ttl_ms, char_id, reason = unpack(ARGV, 1, 8)
local given_up, record_count, mark_count = ARGV[9] ~= '', tonumber(ARGV[11]), tonumber(ARGV[12])
local first_field = 13
local first_record = first_field + 2 * tonumber(ARGV[10])
local first_mark = first_record + 3 * record_count

local held_epoch, held_version, held_h, flushed, flushed_h, whole =
  unpack(redis.call('HMGET', session, 'epoch', 'ver', 'h', 'fver', 'fh', 'whole'))
local held, flushed_version = tonumber(held_epoch or ''), tonumber(flushed or '')
if held and held >= tonumber(epoch) then return {-8, held_epoch} end

-- The session continues what the vault holds: the vault's pair is its head, its flushed pair or a journal entry.
local function vault_is_behind()
  if (held_version == version and held_h == h) or (flushed == version and flushed_h == h) then return true end
  local entry = redis.call('XRANGE', journal, version, version)[1]
  return entry and entry[2][2] == h
end

-- The vault continues what the session holds, so nothing is lost when its state is taken.
local function vault_is_ahead()
  -- A clean session holds nothing that the vault was not given. A vault that was restored from a backup may have lost
  -- it again, so the vault must also have reached the flushed version.
  if held_version == flushed and flushed_version and flushed_version <= tonumber(version) then return true end
  for i = first_record, first_mark - 1, 3 do
    if ARGV[i] == held_version and ARGV[i + 1] == held_h then return true end
  end
  return false
end

-- A session that the vault holds in full may have lost its journal or its marks to an eviction. The vault has both,
-- so its state is taken and they come back with it.
local torn = held_h == h and is_torn(whole, held_version, version, journal, marks)
if held and not given_up and not torn and vault_is_behind() then
  redis.call('HSET', session, 'run', run, 'epoch', epoch, 'state', 'unconfirmed', 'fver', version, 'fh', h)
  if reason ~= '' then redis.call('HSET', session, 'quarantine', reason) end
  if held_version ~= version then
    for _, key in ipairs({session, journal, marks}) do redis.call('PERSIST', key) end
    redis.call('ZADD', due, 'NX', now_ms, char_id)
    redis.call('ZADD', dirty, 'NX', now_ms, char_id)
  end
  return {2}
end

-- Where the session is gone or unreadable, only its journal is left of its history. What of it the vault does not
-- share is set aside, as for a session whose history lost.
local lost = held_epoch and not vault_is_ahead()
local entries = {}
if lost or given_up or not held_epoch then
  local last_shared = version
  if flushed_version and flushed_version < tonumber(version) then last_shared = flushed end
  entries = redis.call('XRANGE', journal, '(' .. last_shared, '+')
end
if #entries > 0 then
  redis.call('RENAME', journal, fork)
  redis.call('PERSIST', fork)
end
forget(session, journal, marks, due, dirty, char_id)
redis.call('HSET', session, 'run', run, 'epoch', epoch, 'ver', version, 'h', h, 'state', 'unconfirmed',
  'fver', version, 'fh', h)
if reason ~= '' then redis.call('HSET', session, 'quarantine', reason) end
if record_count > 0 and mark_count > 0 then redis.call('HSET', session, 'whole', '1') end
-- Only the newest marks were loaded. For any action id that was made before now, the ledger has to be asked.
if mark_count < tonumber(version) then redis.call('HSET', session, 'forgot', now_ms) end
-- unpack fails on some 8,000 values, so fields are written in portions.
for i = first_field, first_record - 1, 1000 do
  redis.call('HSET', session, unpack(ARGV, i, math.min(i + 999, first_record - 1)))
end
for i = first_record, first_mark - 1, 3 do
  redis.call('XADD', journal, ARGV[i] .. '-0', 'h', ARGV[i + 1], 'r', ARGV[i + 2])
end
for i = first_mark, first_mark + 2 * mark_count - 1, 2 do
  redis.call('ZADD', marks, ARGV[i + 1], ARGV[i])
end
for _, key in ipairs({session, journal, marks}) do redis.call('PEXPIRE', key, ttl_ms) end
if lost or #entries > 0 then return {3, entries} end
return {1}
