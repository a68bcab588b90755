-- Forget a session: its state, its journal, its marks, and its places in the bucket's indexes.
local function forget(session, journal, marks, due, dirty, char_id)
  redis.call('DEL', session, journal, marks)
  redis.call('ZREM', due, char_id)
  redis.call('ZREM', dirty, char_id)
end
