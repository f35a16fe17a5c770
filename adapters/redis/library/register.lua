-- Versions of this library live side by side: each has its version in its functions' names.
local function register(name, flag)
  local callback = functions[name]
  redis.register_function({
    function_name = 'tollgate_@VERSION@_' .. name,
    callback = function(keys, args) return callback(keys[1], args) end,
    flags = { flag },
  })
end

register('reserve')
-- What in the end gives memory back runs also when Redis has none left.
register('settle', 'allow-oom')
register('adopt', 'allow-oom')
register('extend', 'allow-oom')
register('sweep', 'allow-oom')
register('withdraw', 'allow-oom')
register('acknowledge', 'allow-oom')
register('acknowledge_warnings', 'allow-oom')
register('claim_warning', 'allow-oom')
register('postpone_warning', 'allow-oom')
register('kill', 'allow-oom')
register('record')
register('entries', 'no-writes')
register('chains', 'no-writes')
register('warnings', 'no-writes')
register('counters', 'no-writes')
register('standing', 'no-writes')
register('killed', 'no-writes')
register('begin')
register('put')
register('finish')
register('abandon', 'allow-oom')
