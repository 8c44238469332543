-- wrk's side of a burst: sends the lines of a file in turn, prints the result as JSON.
--   wrk ... -s drive.lua URL -- GET paths.txt
--   wrk ... -s drive.lua URL -- POST bodies.txt [key]
-- A "@" in a body becomes a number that no other request of the session has.

local requests, bodies, headers, at, path = {}, nil, {}, 0, "/v1/models"

function init(args)
  local method, file, key = args[1], args[2], args[3]
  math.randomseed(os.time())
  if method == "POST" then
    bodies = {}
    headers["Content-Type"] = "application/json"
    if key then headers["Authorization"] = "Bearer " .. key end
  end
  for line in io.lines(file) do
    if bodies then
      table.insert(bodies, line)
    else
      table.insert(requests, wrk.format("GET", line))
    end
  end
  number = math.random(1000000000)
end

function request()
  at = at + 1
  if bodies then
    number = number + 1
    local body = bodies[at % #bodies + 1]:gsub("@", tostring(number))
    return wrk.format("POST", path, headers, body)
  end
  return requests[at % #requests + 1]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "seconds": %f, "errors": %d, "p50": %f, "p99": %f}\n',
    summary.requests, summary.duration / 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
