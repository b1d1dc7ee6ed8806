-- The same request again and again: the first page, or whatever BENCH_PATH
-- says (the ceiling's /static, say). Without a `request` function wrk sends
-- bytes that it formatted once.

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local common = dofile(here .. "common.lua")

wrk.path = common.path or common.page(1)
wrk.headers = common.headers()

function done(summary, latency)
  common.report("first", summary, latency)
end
