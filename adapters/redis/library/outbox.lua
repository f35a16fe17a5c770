-- What others fetch: entries and warnings that are to be handed on, and where counters stand; and the kill switch.

-- Entries of a chain after one of its ids, in order. 'all': also those that can still be withdrawn.
function functions.entries(p, args)
  local chain, after, most, which = args[1], args[2], args[3], args[4]
  local from = after == '' and '-' or '(' .. after
  return call('XRANGE', p .. 'entries:' .. chain, from, which == 'all' and '+' or text(now() - HELD), 'COUNT', most)
end

function functions.chains(p) return call('SMEMBERS', p .. 'chains') end

function functions.acknowledge(p, args)
  local chain = args[1]
  local key = p .. 'entries:' .. chain
  for i = 2, #args do call('XDEL', key, args[i]) end
  if call('XLEN', key) > 0 then return { 'done' } end
  call('DEL', key)
  call('SREM', p .. 'chains', chain)
  return { 'done' }
end

-- An entry that moves no money.
function functions.record(p, args)
  record(p, args[1], args[2], '', now(), 'draft', args[3])
  return { 'done' }
end

function functions.warnings(p, args) return call('XRANGE', p .. 'warnings', '-', '+', 'COUNT', args[1]) end

local function forget_warning(p, id)
  call('XDEL', p .. 'warnings', id)
  call('ZREM', p .. 'warnings:due', id)
  call('HDEL', p .. 'warnings:tries', id)
end

function functions.acknowledge_warnings(p, args)
  for _, id in ipairs(args) do forget_warning(p, id) end
  return { 'done' }
end

-- Hands the warning that is due first to whoever asks, and to nobody else for so many ms. Returns which try that is.
function functions.claim_warning(p, args)
  local at, due = now(), p .. 'warnings:due'
  local id = call('ZRANGEBYSCORE', due, '-inf', text(at), 'LIMIT', 0, 1)[1]
  if not id then return { 'none' } end
  local row = call('XRANGE', p .. 'warnings', id, id)[1]
  if not row then
    forget_warning(p, id)
    return { 'gone' }
  end
  local tries = tonumber(call('HGET', p .. 'warnings:tries', id) or 0) + 1
  call('ZADD', due, text(at + tonumber(args[1])), id)
  call('HSET', p .. 'warnings:tries', id, text(tries))
  return { 'claimed', text(tries), id, row[2] }
end

-- It is due again in so many ms; unless the claim was over, and another has it.
function functions.postpone_warning(p, args)
  local id, tries, ms = args[1], args[2], tonumber(args[3])
  if call('HGET', p .. 'warnings:tries', id) == tries then
    call('ZADD', p .. 'warnings:due', 'XX', text(now() + ms), id)
  end
  return { 'done' }
end

-- Spent and reserved of each counter.
function functions.counters(p, args)
  local gen, why = generation(p)
  if not gen then return { 'shut', why } end
  local all = { 'done', text(now()) }
  for _, name in ipairs(args) do
    local counter = counter_of(p, gen, name, {})
    all[#all + 1] = text(counter.spent)
    all[#all + 1] = text(counter.reserved)
  end
  return all
end

-- Whether spending is open, and what time it is.
function functions.standing(p)
  local gen, why = generation(p)
  if not gen then return { 'shut', why, text(now()) } end
  return { 'open', gen, text(now()) }
end

-- Stops new calls of a scope, or lets them through again (without a reason).
function functions.kill(p, args)
  if args[2] == '' then call('HDEL', p .. 'kill', args[1]) else call('HSET', p .. 'kill', args[1], args[2]) end
  return { 'done' }
end

function functions.killed(p) return call('HGETALL', p .. 'kill') end
