-- What a call takes at most, and the highest output cap that has room: the rules of core/ledger/fit.ts.

-- Products of tokens and prices do not fit a double. They are taken in digits of 10^6, by which nano-USD per million
-- tokens are divided anyway.
local D = 1000000

local function digits(n)
  local high = math.floor(n / D)
  return { n % D, high % D, math.floor(high / D) }
end

local function add_product(sum, a, b)
  a, b = digits(a), digits(b)
  for i = 1, 3 do
    for j = 1, 3 do
      local k, carry = i + j - 1, a[i] * b[j]
      while carry > 0 do
        local n = (sum[k] or 0) + carry
        sum[k], carry, k = n % D, math.floor(n / D), k + 1
      end
    end
  end
end

-- The caller has made sure that all of it is at most MOST at the cap wanted, and so at any lower one.
local function amounts_at(bound, cap)
  local output, sum = cap * bound.choices, {}
  if bound.input_rate then
    add_product(sum, bound.input, bound.input_rate)
    add_product(sum, output, bound.output_rate)
  end
  local usd = (sum[1] or 0) > 0 and 1 or 0
  for k = 2, 7 do usd = usd + (sum[k] or 0) * D ^ (k - 2) end
  return { usd = usd, tokens = bound.requests * (bound.input + output), requests = bound.requests }
end

-- The least cap has room.
local function highest_cap(bound, room)
  local low, high = bound.least_cap, bound.cap
  while low < high do
    local cap = low + math.floor((high - low + 1) / 2)
    local takes = amounts_at(bound, cap)
    if takes.usd <= room.usd and takes.tokens <= room.tokens then low = cap else high = cap - 1 end
  end
  return low
end

-- Fills in what is left of each limit. Returns the cap and what it takes; or nil, which limit is too short, how and by
-- what.
local function fit(bound, limits, wanted, least)
  local room = { usd = math.huge, tokens = math.huge, requests = math.huge }
  for i, limit in ipairs(limits) do
    local counter, need = limit.counter or { spent = 0, reserved = 0 }, least[limit.unit]
    limit.left = limit.amount - counter.spent - counter.reserved
    -- What takes nothing of a limit (listing models) exceeds it in no case, not even one that is overspent.
    if limit.refuse and wanted[limit.unit] > 0 then
      if need > limit.left then
        local would = limit.amount - counter.spent >= need and 'reserved' or 'spent'
        return nil, i, limit.counter and would or 'request', need
      end
      room[limit.unit] = math.min(room[limit.unit], limit.left)
    end
  end
  if wanted.usd <= room.usd and wanted.tokens <= room.tokens then return bound.cap, wanted end
  local cap = highest_cap(bound, room)
  return cap, amounts_at(bound, cap)
end
