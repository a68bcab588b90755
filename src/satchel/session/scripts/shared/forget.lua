-- Forget a session: delete its state, journal and marks, and take it out of the bucket's indexes.
local function forget(session, journal, marks, due, dirty, char_id)
  redis.call('DEL', session, journal, marks)
  redis.call('ZREM', due, char_id)
  redis.call('ZREM', dirty, char_id)
end
