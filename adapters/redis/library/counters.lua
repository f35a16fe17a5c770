-- Counters of limits, and the warnings that they are nearly spent (the rules of core/ledger/warnings.ts).

-- A counter is kept for so long after its window has ended, ms: calls that began in it may end late.
local COUNTER_KEPT = 172800000

-- cache: by name; each counter is read once.
local function counter_of(p, gen, name, cache)
  local counter = cache[name]
  if not counter then
    local key = p .. gen .. ':counter:' .. name
    local v = call('HMGET', key, 'spent', 'reserved', 'resets', 'rule', 'told', 'next')
    counter = { name = name, key = key, exists = v[1], spent = tonumber(v[1] or 0), reserved = tonumber(v[2] or 0),
      resets = v[3] or '', rule = v[4] or '', told = v[5] or ',', next = tonumber(v[6] or '') }
    cache[name] = counter
  end
  return counter
end

-- A counter that only records may be run past what is counted exactly. It stays there.
local function add(counter, spent, reserved)
  counter.spent = math.min(MOST, counter.spent + spent)
  counter.reserved = math.min(MOST, counter.reserved + reserved)
end

local function write(counter)
  call('HSET', counter.key, 'spent', text(counter.spent), 'reserved', text(counter.reserved), 'resets', counter.resets)
  if counter.rule == '' then return end
  local next = counter.next and text(counter.next) or ''
  call('HSET', counter.key, 'rule', counter.rule, 'told', counter.told, 'next', next)
end

local function keep(counter, at)
  if counter.resets == '' then return end
  call('PEXPIRE', counter.key, text(counter.resets - at + COUNTER_KEPT))
end

-- rule: 'amount send percent:least …', ascending. told: ',percent,…'.
local function untold(counter)
  local all = {}
  for percent, least in string.gmatch(counter.rule, '(%d+):(%d+)') do
    if not string.find(counter.told, ',' .. percent .. ',', 1, true) then
      all[#all + 1] = { percent = percent, least = tonumber(least) }
    end
  end
  return all
end

local function watch(counter, rule)
  if rule == '' or rule == counter.rule then return end
  counter.rule = rule
  local first = untold(counter)[1]
  counter.next = first and first.least
end

-- To be called when it was charged. lease: whose charge that is.
local function warn(p, counter, lease, at)
  if not counter.next or counter.spent < counter.next then return end
  local amount, send = string.match(counter.rule, '^(%d+) (%d)')
  local all = untold(counter)
  counter.next = nil
  for i, warning in ipairs(all) do
    if counter.spent < warning.least then
      counter.next = warning.least
      break
    end
    local is_highest = not all[i + 1] or counter.spent < all[i + 1].least
    counter.told = counter.told .. warning.percent .. ','
    local id = call('XADD', p .. 'warnings', '*', 'counter', counter.name, 'percent', warning.percent, 'spent', text(counter.spent),
      'amount', amount, 'resets', counter.resets, 'at', text(at), 'workload', lease.workload, 'session', lease.session,
      'send', send, 'highest', is_highest and '1' or '0')
    call('ZADD', p .. 'warnings:due', text(at), id)
  end
end
