-- Whether the server has evicted a part of a clean session; a dirty one has no time to live, so that nothing evicts it.
local function is_torn(whole, version, flushed, journal, marks)
  return whole and version == flushed and redis.call('EXISTS', journal, marks) < 2
end
