-- Attach, second step: bind the session to this server and this epoch, and decide whose state goes on.
--
-- KEYS  1 session, 2 journal, 3 marks, 4 due, 5 dirty, 6 where a lost journal is set aside
-- ARGV  1 run_id, 2 epoch (just opened in the vault), 3 version, 4 h (what the vault holds), 5 now_ms, 6 ttl_ms,
--       7 char_id, 8 quarantine reason or '', 9 '1' to give up the session's own state (it cannot be read), or '',
--       10 number of state fields, 11 number of records, 12 number of marks, then
--       field, value, ... ; version, h, record, ... (oldest first) ; mark, version, ...
-- Returns {1} the vault's state was taken, {2} the session's own state was kept,
--         {3, entries} the two histories part: the vault's state was taken, and the session's journal set aside
--         {-8, epoch} another attach is ahead
--
-- The session stays unconfirmed until the vault was asked once more whether this epoch still is the newest.
local run, epoch, version, h, now, ttl, char_id = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local fields, records, marks = tonumber(ARGV[10]), tonumber(ARGV[11]), tonumber(ARGV[12])
local first_record = 13 + 2 * fields
local first_mark = first_record + 3 * records

local head = redis.call('HMGET', KEYS[1], 'epoch', 'ver', 'h', 'fver', 'fh', 'whole')
local given_up = ARGV[9] ~= ''
local held, flushed = tonumber(head[1] or ''), tonumber(head[4] or '')
if held and held >= tonumber(epoch) then return {-8, head[1]} end

local function vault_is_behind()
  if (head[2] == version and head[3] == h) or (head[4] == version and head[5] == h) then return true end
  local entry = redis.call('XRANGE', KEYS[2], version, version)[1]
  return entry and entry[2][2] == h
end

local function vault_is_ahead()
  -- A clean session has nothing that the vault was not given; but a vault that was restored may have lost it again.
  if head[2] == head[4] and flushed and flushed <= tonumber(version) then return true end
  for i = first_record, first_mark - 1, 3 do
    if ARGV[i] == head[2] and ARGV[i + 1] == head[3] then return true end
  end
  return false
end

-- A session that the vault holds in full may have lost its journal or its marks to an eviction; the vault has them.
local torn = head[6] and head[2] == version and head[3] == h and redis.call('EXISTS', KEYS[2], KEYS[3]) < 2
if held and not given_up and not torn and vault_is_behind() then
  redis.call('HSET', KEYS[1], 'run', run, 'epoch', epoch, 'state', 'unconfirmed', 'fver', version, 'fh', h)
  if ARGV[8] ~= '' then redis.call('HSET', KEYS[1], 'quarantine', ARGV[8]) end
  if head[2] ~= version then
    for i = 1, 3 do redis.call('PERSIST', KEYS[i]) end
    redis.call('ZADD', KEYS[4], 'NX', now, char_id)
    redis.call('ZADD', KEYS[5], 'NX', now, char_id)
  end
  return {2}
end

-- A journal whose session is gone, or cannot be read, is a history of its own.
local lost = head[1] and not vault_is_ahead()
local entries = {}
if lost or given_up or not head[1] then
  local last_shared = version
  if flushed and flushed < tonumber(version) then last_shared = head[4] end
  entries = redis.call('XRANGE', KEYS[2], '(' .. last_shared, '+')
end
if #entries > 0 then
  redis.call('RENAME', KEYS[2], KEYS[6])
  redis.call('PERSIST', KEYS[6])
end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
redis.call('ZREM', KEYS[4], char_id)
redis.call('ZREM', KEYS[5], char_id)
redis.call('HSET', KEYS[1], 'run', run, 'epoch', epoch, 'ver', version, 'h', h, 'state', 'unconfirmed',
  'fver', version, 'fh', h)
if ARGV[8] ~= '' then redis.call('HSET', KEYS[1], 'quarantine', ARGV[8]) end
if records > 0 and marks > 0 then redis.call('HSET', KEYS[1], 'whole', '1') end
-- Only the newest marks came along: of an id made before now, the ledger has to be asked.
if marks < tonumber(version) then redis.call('HSET', KEYS[1], 'forgot', now) end
for i = 13, first_record - 1, 1000 do
  redis.call('HSET', KEYS[1], unpack(ARGV, i, math.min(i + 999, first_record - 1)))
end
for i = first_record, first_mark - 1, 3 do
  redis.call('XADD', KEYS[2], ARGV[i] .. '-0', 'h', ARGV[i + 1], 'r', ARGV[i + 2])
end
for i = first_mark, first_mark + 2 * marks - 1, 2 do
  redis.call('ZADD', KEYS[3], ARGV[i + 1], ARGV[i])
end
for i = 1, 3 do redis.call('PEXPIRE', KEYS[i], ttl) end
if lost or #entries > 0 then return {3, entries} end
return {1}
