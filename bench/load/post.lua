-- wrk sends one request again and again. Arguments: file of the body, then name and value of each header.
-- At the end: one line of JSON. Calls that were running when the time was over are in no number.
function init(args)
  local file = assert(io.open(args[1], 'rb'))
  wrk.method = 'POST'
  wrk.body = file:read('*a')
  file:close()
  for i = 2, #args, 2 do
    wrk.headers[args[i]] = args[i + 1]
  end
end

function done(summary)
  local e = summary.errors
  local failed = e.connect + e.read + e.write + e.timeout
  io.write(string.format('{"requests":%d,"refused":%d,"failed":%d,"seconds":%.6f}\n',
    summary.requests, e.status, failed, summary.duration / 1e6))
end
