-- Whether Redis has evicted a part of a clean session. A dirty one has no time to live, so Redis never evicts it.
local function is_torn(whole, version, flushed, journal, marks)
  return whole and version == flushed and redis.call('EXISTS', journal, marks) < 2
end
