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

function functions.acknowledge_warnings(p, args)
  for _, id in ipairs(args) do call('XDEL', p .. 'warnings', id) end
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
