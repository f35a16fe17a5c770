-- Counters are rebuilt in a generation of their own, while those before stay as they were and spending is shut.

-- Whether this is still who rebuilds, on the server on which it began.
local function rebuilding(p, token)
  local begun = call('HMGET', p .. 'rebuild', 'token', 'run', 'repl', 'gen')
  local run, repl = live()
  if begun[1] ~= token or begun[2] ~= run or begun[3] ~= repl then return nil end
  return begun[4]
end

-- 'open': there is nothing to rebuild. 'busy': another is at it. 'begun': and for how long without another step, ms.
function functions.begin(p, args)
  local token, patience = args[1], args[2]
  if generation(p) then return { 'open' } end
  local other = call('HGET', p .. 'rebuild', 'token')
  if other and other ~= token then return { 'busy' } end
  local run, repl = live()
  call('DEL', p .. 'rebuild')
  call('HSET', p .. 'rebuild', 'token', token, 'run', run, 'repl', repl, 'gen', call('INCR', p .. 'generations'))
  call('PEXPIRE', p .. 'rebuild', patience)
  return { 'begun', text(now()) }
end

local put = {}

-- What was told, and the rule by which, is taken along where the counter of before is still there.
function put.counter(p, gen, at, take, number)
  local before = call('HGET', p .. 'epoch', 'gen')
  local counter = counter_of(p, gen, take(), {})
  local old = before and counter_of(p, before, counter.name, {}) or counter
  counter.spent, counter.reserved, counter.resets = number(), number(), take()
  counter.rule, counter.told, counter.next = old.rule, old.told, old.next
  write(counter)
  keep(counter, at)
end

-- An open lease, or one that expired and may still be settled.
function put.lease(p, gen, at, take, number)
  local id, state, ttl, charged = take(), take(), number(), amounts(number)
  local fields = {}
  for _ = 1, number() do
    fields[#fields + 1] = take()
    fields[#fields + 1] = take()
  end
  open_lease(p, gen, id, at + ttl, fields)
  if state == 'open' then return end
  call('ZREM', p .. gen .. ':open', id)
  expire({ key = p .. gen .. ':lease:' .. id }, charged)
end

function put.ended(p, gen, _, take) bury({ key = p .. gen .. ':lease:' .. take() }, take()) end

function put.running(p, gen, _, take, number) run(p, gen, take(), number()) end

function put.bucket(p, gen, at, take, number) add_to_bucket(p, gen, take(), number(), number(), number(), at) end

function put.kill(p, _, _, take) call('HSET', p .. 'kill', take(), take()) end

-- An entry that nobody has but who told it now.
function put.entry(p, _, at, take) record(p, take(), take(), take(), at, 'draft', take(), 'whole', '1') end

function functions.put(p, args)
  local take, number = cursor(args)
  local token, patience, what = take(), take(), take()
  local gen, at = rebuilding(p, token), now()
  if not gen then return { 'lost' } end
  call('PEXPIRE', p .. 'rebuild', patience)
  for _ = 1, number() do put[what](p, gen, at, take, number) end
  return { 'done' }
end

-- Opens spending on what was put. Returns its generation: nobody needs those before it any more.
function functions.finish(p, args)
  local gen = rebuilding(p, args[1])
  if not gen then return { 'lost' } end
  local run, repl = live()
  call('HSET', p .. 'epoch', 'run', run, 'repl', repl, 'layout', LAYOUT, 'gen', gen, 'at', text(now()))
  call('DEL', p .. 'rebuild')
  return { 'done', gen }
end

-- So that another need not wait.
function functions.abandon(p, args)
  if call('HGET', p .. 'rebuild', 'token') == args[1] then call('DEL', p .. 'rebuild') end
  return { 'done' }
end
