-- What the load scripts share: where to ask and as whom, taken from the
-- environment, and the one line of JSON that each run ends with.
--
--   BENCH_PATH      the whole path and query; without it, the list of guests:
--   BENCH_PREFIX    what stands before /organizations ("" or "/api")
--   BENCH_ORG       the organization (default "bench")
--   BENCH_TOKEN     the Bearer token (default "bench-token")
--   BENCH_PER_PAGE  guests on a page (default 100)
--   BENCH_PAGES     pages that the list has (needed by random.lua and last.lua)
--
-- Host and port come from the address given to wrk.

local common = {}

-- wrk goes on without a script that fails to load, and measures something else:
-- stop it.
local function refuse(message)
  io.stderr:write(message, "\n")
  os.exit(2)
end

local function env(name, default)
  local value = os.getenv(name)
  if value == nil or value == "" then
    if default == nil then refuse(name .. " must be set for this script") end
    return default
  end
  return value
end
common.env = env

function common.whole(name, default)
  local number = tonumber(env(name, default))
  if number == nil or number < 0 or number % 1 ~= 0 then
    refuse(name .. " must be a whole number")
  end
  return number
end

common.per_page = common.whole("BENCH_PER_PAGE", 100)
common.path = os.getenv("BENCH_PATH")

function common.guests()
  return env("BENCH_PREFIX", "") .. "/organizations/" .. env("BENCH_ORG", "bench") .. "/guests"
end

function common.page(number, per_page)
  return string.format("%s?with=stats&page=%d&per_page=%d", common.guests(), number, per_page or common.per_page)
end

-- A fresh table: wrk adds what it needs (Host, Content-Length) to it.
function common.headers(more)
  local headers = {
    ["Authorization"] = "Bearer " .. env("BENCH_TOKEN", "bench-token"),
    ["Accept"] = "application/json",
    ["X-Tallyfy-Client"] = "APIClient",
  }
  for name, value in pairs(more or {}) do headers[name] = value end
  return headers
end

-- wrk counts as `status` every answer above 399. `extra` is more to say, a
-- table of numbers.
function common.report(script, summary, latency, extra)
  local errors = summary.errors
  local line = {
    string.format('"script":"%s"', script),
    string.format('"requests":%d', summary.requests),
    string.format('"requests_per_second":%.1f', summary.requests / (summary.duration / 1e6)),
    string.format(
      '"errors":{"connect":%d,"read":%d,"write":%d,"timeout":%d,"status":%d}',
      errors.connect, errors.read, errors.write, errors.timeout, errors.status
    ),
    string.format('"duration_us":%d', summary.duration),
    string.format('"bytes":%d', summary.bytes),
    string.format('"p50_us":%d', latency:percentile(50)),
    string.format('"p90_us":%d', latency:percentile(90)),
    string.format('"p99_us":%d', latency:percentile(99)),
    string.format('"max_us":%d', latency.max),
  }
  for name, value in pairs(extra or {}) do
    line[#line + 1] = string.format('"%s":%d', name, value)
  end
  io.write("{", table.concat(line, ","), "}\n")
end

return common
