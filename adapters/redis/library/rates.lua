-- Rates over any 60 seconds, by the rules of core/ledger/rate.ts: a call sees this second's bucket and the 60 before it.
local BUCKETS = 61

local function parse_bucket(value)
  local requests, tokens = string.match(value or '0 0', '^(%d+) (%d+)$')
  return tonumber(requests), tonumber(tokens)
end

local function add_to_bucket(p, gen, rate, second, requests, tokens, at)
  local oldest = math.floor(at / 1000) - BUCKETS
  if second <= oldest then return end
  local key, field = p .. gen .. ':rate:' .. rate, text(second)
  local old = call('HGET', key, field)
  if not old then
    for _, other in ipairs(call('HKEYS', key)) do
      if tonumber(other) <= oldest then call('HDEL', key, other) end
    end
  end
  local r, t = parse_bucket(old)
  call('HSET', key, field, text(r + requests) .. ' ' .. text(math.max(0, t + tokens)))
  call('PEXPIRE', key, (BUCKETS + 1) * 1000)
end

-- requests: negative when a call ended.
local function run(p, gen, rate, requests)
  if requests == 0 then return end
  local key = p .. gen .. ':running:' .. rate
  if call('INCRBY', key, requests) <= 0 then call('DEL', key) end
end

local function buckets_of(p, gen, rate, at)
  local buckets, all = {}, call('HGETALL', p .. gen .. ':rate:' .. rate)
  for i = 1, #all, 2 do
    local second = tonumber(all[i])
    if second > math.floor(at / 1000) - BUCKETS then
      local requests, tokens = parse_bucket(all[i + 1])
      buckets[#buckets + 1] = { second = second, requests = requests, tokens = tokens }
    end
  end
  table.sort(buckets, function(a, b) return a.second < b.second end)
  return buckets
end

-- Returns what the call is short of, and when it may fit, ms from now.
local function pace_shortage(p, gen, rate, wanted, at)
  if rate.concurrent and wanted.requests > 0 then
    local running = tonumber(call('GET', p .. gen .. ':running:' .. rate.key) or 0)
    if running >= rate.concurrent then return 'concurrent', 1000 end
  end
  if not (rate.limit.requests or rate.limit.tokens) then return end
  local buckets = buckets_of(p, gen, rate.key, at)
  for _, what in ipairs({ 'requests', 'tokens' }) do
    local limit, used = rate.limit[what], 0
    -- A call larger than the whole rate may go when nothing else did.
    local need = limit and math.min(wanted[what], limit) or 0
    for _, bucket in ipairs(buckets) do used = used + bucket[what] end
    if need > 0 and used + need > limit then
      local left = used + need - limit
      for _, bucket in ipairs(buckets) do
        left = left - bucket[what]
        if left <= 0 then return what, math.max(1, (bucket.second + BUCKETS) * 1000 - at) end
      end
      return what, BUCKETS * 1000
    end
  end
end
