-- The one question that stands before every call. Answers: 'shut' why | 'stopped' reason | 'ended' state | 'full' |
-- 'window' now | 'rate' now index what wait | 'limit' now index kind left need | 'granted' now opened cap amounts over.

local function take_limits(take, number)
  local limits = {}
  for i = 1, number() do
    local limit = { unit = take(), amount = number(), refuse = take() == '1', id = take(), name = take(), rule = '' }
    if limit.name ~= '' then limit.starts, limit.resets, limit.rule = number(), take(), take() end
    limits[i] = limit
  end
  return limits
end

local function take_rates(take, number)
  local rates = {}
  for i = 1, number() do
    rates[i] = { id = take(), key = take(), refuse = take() == '1',
      limit = { requests = number(), tokens = number() }, concurrent = number() }
  end
  return rates
end

-- The caller's clock chose the windows; this one decides.
local function is_in(limit, at)
  return limit.name == '' or at >= limit.starts and (limit.resets == '' or at < tonumber(limit.resets))
end

function functions.reserve(p, args)
  local at, take, number = now(), cursor(args)
  local gen, why = generation(p)
  if not gen then return { 'shut', why } end
  local id, attempt, chain, ttl, most_entries = take(), take(), take(), number(), number()
  for _ = 1, number() do
    local reason = call('HGET', p .. 'kill', take())
    if reason then return { 'stopped', reason } end
  end
  local known = lease_of(p, gen, id)
  if known.state == 'open' then
    -- Written, so that WAIT waits for it: the reservation may have come by another connection.
    call('HSET', known.key, 'attempt', attempt)
    return { 'granted', text(at), known.opened, known.cap, known.usd, known.tokens, known.requests, known.over }
  end
  if known.state then return { 'ended', known.state } end
  if call('XLEN', p .. 'entries:' .. chain) >= most_entries then return { 'full' } end

  local bound = { input = number(), input_rate = number(), output_rate = number(), cap = number(), least_cap = number(),
    choices = number(), requests = number() }
  local wanted, least = amounts(number), amounts(number)
  local draft, uses, rate_keys, exchange, workload, session = take(), take(), take(), take(), take(), take()
  local limits, rates, over, cache = take_limits(take, number), take_rates(take, number), {}, {}
  for _, limit in ipairs(limits) do
    if not is_in(limit, at) then return { 'window', text(at) } end
    if limit.name ~= '' then limit.counter = counter_of(p, gen, limit.name, cache) end
  end
  for i, rate in ipairs(rates) do
    local what, wait = pace_shortage(p, gen, rate, wanted, at)
    if what and rate.refuse then return { 'rate', text(at), i, what, text(wait) } end
    if what then over[#over + 1] = rate.id end
  end
  local cap, takes, kind, need = fit(bound, limits, wanted, least)
  if not cap then return { 'limit', text(at), takes, kind, text(limits[takes].left), text(need) } end
  for _, limit in ipairs(limits) do
    local takes_of = takes[limit.unit]
    if not limit.refuse and takes_of > 0 and takes_of > limit.left then over[#over + 1] = limit.id end
  end

  local opened, over_ids = text(at), '[' .. table.concat(over, ',') .. ']'
  local taken = { 'cap', text(cap), 'usd', text(takes.usd), 'tokens', text(takes.tokens), 'requests', text(takes.requests),
    'over', over_ids, 'uses', uses, 'rates', rate_keys }
  local entry = record(p, chain, 'opened', id, at, 'draft', draft, unpack(taken))
  open_lease(p, gen, id, at + ttl, { 'opened', opened, 'exchange', exchange, 'workload', workload, 'session', session,
    'attempt', attempt, 'chain', chain, 'entry', entry, unpack(taken) })
  for _, limit in ipairs(limits) do
    if limit.counter then
      limit.counter.resets = limit.resets
      watch(limit.counter, limit.rule)
      add(limit.counter, 0, takes[limit.unit])
      write(limit.counter)
      keep(limit.counter, at)
    end
  end
  for _, rate in ipairs(rates) do
    run(p, gen, rate.key, takes.requests)
    add_to_bucket(p, gen, rate.key, math.floor(at / 1000), takes.requests, takes.tokens, at)
  end
  return { 'granted', opened, opened, text(cap), text(takes.usd), text(takes.tokens), text(takes.requests), over_ids }
end
