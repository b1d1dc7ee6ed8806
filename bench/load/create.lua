-- A new guest each time. No address comes twice: it says the run (BENCH_RUN, or
-- a random one), the thread and the number of the request.

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local common = dofile(here .. "common.lua")

local run = os.getenv("BENCH_RUN")
if run == nil or run == "" then
  local random = assert(io.open("/dev/urandom", "rb"))
  run = random:read(6):gsub(".", function(byte) return string.format("%02x", byte:byte()) end)
  random:close()
end

local threads = 0

function setup(thread)
  thread:set("number", threads)
  thread:set("run", run)
  threads = threads + 1
end

local sent = 0

-- About as long as a guest that somebody typed in.
local BODY = '{"email":"load-%s-%d-%d@bench.example","first_name":"Load","last_name":"Number %d",'
  .. '"phone_1":"+1 555 0100","company_name":"Bench Freight","company_url":"https://freight.example",'
  .. '"timezone":"Europe/Lisbon"}'

function init()
  wrk.method = "POST"
  wrk.path = common.path or common.guests()
  wrk.headers = common.headers({ ["Host"] = wrk.headers["Host"], ["Content-Type"] = "application/json" })
end

function request()
  sent = sent + 1
  return wrk.format(nil, nil, nil, BODY:format(_G.run, number, sent, sent))
end

function done(summary, latency)
  common.report("create", summary, latency)
end
