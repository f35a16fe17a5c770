--[[
The ledger inside Redis: each function of this library is one atomic step.

  reserve ──> epoch? kill switch? windows? rates, limits ──> lease, counters and `opened` in one write
  settle, sweep, withdraw ──> close ──> counters, rates, warnings; `closed` or `incomplete`
  begin, put, finish ──> counters rebuilt beside the old ones, then the epoch names the new ones

Rules of these files. Numbers are doubles: whole amounts up to 2^53 - 1 are exact, and leave only through text(), as
tostring() and `..` write 1e14 as "1e+14". Nothing is written before all was read and decided: Redis takes nothing back
when a function fails halfway. keys[1] is the prefix of all keys, and TIME is the only clock.
]]
local LAYOUT, MOST = '1', 9007199254740991
local UNITS = { 'usd', 'tokens', 'requests' }

-- By function name; register.lua makes them known.
local functions = {}

-- Not there yet while the library is loaded.
local function call(...) return redis.call(...) end

local function text(n) return string.format('%.0f', n) end

-- Epoch ms.
local function now()
  local time = call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Arguments one after the other, as text and as numbers (nil for '').
local function cursor(args)
  local i = 0
  local function take() i = i + 1; return args[i] end
  return take, function() return tonumber(take()) end
end

local function amounts(number) return { usd = number(), tokens = number(), requests = number() } end

-- Never changes while a server runs, and with it this variable goes: a third of the price of asking for both.
local run_id

local function live()
  run_id = run_id or string.match(call('INFO', 'server'), 'run_id:(%x+)')
  return run_id, string.match(call('INFO', 'replication'), 'master_replid:(%x+)')
end

-- Returns which generation of counters is in force; or nil and why there is none.
local function generation(p)
  local epoch = call('HMGET', p .. 'epoch', 'run', 'repl', 'layout', 'gen')
  if not epoch[1] then return nil, 'missing' end
  local run, repl = live()
  if epoch[1] ~= run then return nil, 'server' end
  if epoch[2] ~= repl then return nil, 'history' end
  if epoch[3] ~= LAYOUT then return nil, 'layout' end
  return epoch[4]
end
