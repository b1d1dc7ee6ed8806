-- The last page, again and again: what a page number far into the list costs.

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local common = dofile(here .. "common.lua")

wrk.path = common.path or common.page(common.whole("BENCH_PAGES"))
wrk.headers = common.headers()

function done(summary, latency)
  common.report("last", summary, latency)
end
