-- Leases, and the entries that are written with what becomes of them.

-- An entry is handed on only when it is so old, ms: until then the reservation it came with can be withdrawn.
local HELD = 5000
-- What is known of a lease that was charged when it expired is kept for so long, ms: its real cost may come late. Of
-- others it is kept that they have ended: a settlement whose answer was lost is sent again.
local EXPIRED_KEPT, ENDED_KEPT = 86400000, 900000
local FIELDS = { 'state', 'usd', 'tokens', 'requests', 'charged_usd', 'charged_tokens', 'charged_requests', 'uses', 'rates',
  'opened', 'exchange', 'workload', 'session', 'cap', 'over', 'attempt', 'chain', 'entry' }

local function record(p, chain, kind, lease, at, ...)
  local key = p .. 'entries:' .. chain
  if call('EXISTS', key) == 0 then call('SADD', p .. 'chains', chain) end
  return call('XADD', key, '*', 'kind', kind, 'lease', lease, 'at', text(at), ...)
end

local function lease_of(p, gen, id)
  local lease = { id = id, key = p .. gen .. ':lease:' .. id, reserved = {}, charged = {} }
  for i, value in ipairs(call('HMGET', lease.key, unpack(FIELDS))) do lease[FIELDS[i]] = value end
  for _, unit in ipairs(UNITS) do
    lease.reserved[unit] = tonumber(lease[unit] or 0)
    lease.charged[unit] = tonumber(lease['charged_' .. unit] or 0)
  end
  return lease
end

-- fields: all of FIELDS but `state`, with their values.
local function open_lease(p, gen, id, expires, fields)
  call('HSET', p .. gen .. ':lease:' .. id, 'state', 'open', unpack(fields))
  call('ZADD', p .. gen .. ':open', text(expires), id)
end

-- Takes back what an open lease holds, or what an expired one was charged, and counts what it really was.
local function close(p, gen, lease, real, at)
  local cache, is_open = {}, lease.state == 'open'
  for _, use in ipairs(cjson.decode(lease.uses)) do
    local counter, unit = counter_of(p, gen, use[1], cache), use[2]
    -- One whose window ended long ago is gone.
    if counter.exists then
      add(counter, real[unit] - lease.charged[unit], is_open and -lease.reserved[unit] or 0)
      warn(p, counter, lease, at)
      write(counter)
    end
  end
  if not is_open then return end
  call('ZREM', p .. gen .. ':open', lease.id)
  for _, rate in ipairs(cjson.decode(lease.rates)) do
    run(p, gen, rate, -lease.reserved.requests)
    add_to_bucket(p, gen, rate, math.floor(lease.opened / 1000), 0, real.tokens - lease.reserved.tokens, at)
  end
end

-- Leaves of a lease that it has ended.
local function bury(lease, state)
  call('DEL', lease.key)
  call('HSET', lease.key, 'state', state)
  call('PEXPIRE', lease.key, ENDED_KEPT)
end

-- Charged in full until its real cost is known.
local function expire(lease, charged)
  call('HSET', lease.key, 'state', 'expired', 'charged_usd', text(charged.usd), 'charged_tokens', text(charged.tokens),
    'charged_requests', text(charged.requests))
  call('PEXPIRE', lease.key, EXPIRED_KEPT)
end

local function real_amounts(outcome, settled, lease)
  if outcome == 'settled' then return settled end
  return outcome == 'charged' and lease.reserved or { usd = 0, tokens = 0, requests = 0 }
end

function functions.settle(p, args)
  local at, take, number = now(), cursor(args)
  local gen, why = generation(p)
  if not gen then return { 'shut', why } end
  local id, chain, outcome, settled, draft = take(), take(), take(), amounts(number), take()
  local lease = lease_of(p, gen, id)
  if lease.state == 'open' or lease.state == 'expired' then
    record(p, chain, 'closed', id, at, 'draft', draft)
    close(p, gen, lease, real_amounts(outcome, settled, lease), at)
    bury(lease, outcome)
  elseif not lease.state then
    -- Nobody here knows its money any more; what happened is still recorded, once, and whoever has its beginning adopts it.
    record(p, chain, 'closed', id, at, 'draft', draft)
    bury(lease, outcome)
    return { 'done', text(at), 'unknown' }
  end
  return { 'done', text(at) }
end

-- Counts a call of which counting anew knew nothing: its entries were on their way then. One that began after it was
-- counted here, and has only been forgotten since.
function functions.adopt(p, args)
  local at, take, number = now(), cursor(args)
  local gen, why = generation(p)
  if not gen then return { 'shut', why } end
  local opened, uses, real = number(), cjson.decode(take()), amounts(number)
  local lease, cache = { workload = take(), session = take() }, {}
  if opened >= tonumber(call('HGET', p .. 'epoch', 'at')) then return { 'done', text(at) } end
  for _, use in ipairs(uses) do
    local counter = counter_of(p, gen, use[1], cache)
    if not counter.exists and use[3] ~= cjson.null then counter.resets = text(use[3]) end
    add(counter, real[use[2]], 0)
    warn(p, counter, lease, at)
    write(counter)
    -- One whose window ended long ago is gone at once.
    keep(counter, at)
  end
  return { 'done', text(at) }
end

function functions.extend(p, args)
  local at, take, number = now(), cursor(args)
  local gen, why = generation(p)
  if not gen then return { 'shut', why } end
  local ttl = number()
  for id in take do call('ZADD', p .. gen .. ':open', 'XX', text(at + ttl), id) end
  return { 'done', text(at) }
end

-- Charges leases that expired in full. Returns how many; as many as were asked for when there may be more.
function functions.sweep(p, args)
  local at, take, number = now(), cursor(args)
  local gen, why = generation(p)
  if not gen then return { 'shut', why } end
  local chain, most = take(), number()
  local ids = call('ZRANGEBYSCORE', p .. gen .. ':open', '-inf', text(at), 'LIMIT', 0, most)
  for _, id in ipairs(ids) do
    local lease = lease_of(p, gen, id)
    if lease.state == 'open' then
      record(p, chain, 'incomplete', id, at, 'exchange', lease.exchange, 'usd', lease.usd, 'tokens', lease.tokens,
        'requests', lease.requests)
      close(p, gen, lease, lease.reserved, at)
      expire(lease, lease.reserved)
    else
      call('ZREM', p .. gen .. ':open', id)
    end
  end
  return { 'done', text(at), #ids }
end

-- Takes back a reservation that its own attempt could not show on the replicas: as if it had never been, unless its
-- entry may have been handed on. Does nothing once another attempt has it.
function functions.withdraw(p, args)
  local at, take = now(), cursor(args)
  local gen, why = generation(p)
  if not gen then return { 'shut', why } end
  local id, attempt, chain, draft = take(), take(), take(), take()
  local lease = lease_of(p, gen, id)
  if lease.state ~= 'open' or lease.attempt ~= attempt then return { 'done', text(at) } end
  local is_held = at - lease.opened < HELD and call('XDEL', p .. 'entries:' .. lease.chain, lease.entry) == 1
  if not is_held then record(p, chain, 'closed', id, at, 'draft', draft) end
  close(p, gen, lease, real_amounts('released', nil, lease), at)
  if is_held then call('DEL', lease.key) else bury(lease, 'withdrawn') end
  return { 'done', text(at) }
end
