-- The first page, asked for by someone who has it: If-None-Match with the ETag
-- in BENCH_ETAG, quotes and all. A 304 and a 200 both count as answers: look
-- at `bytes` to see that no page came.

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local common = dofile(here .. "common.lua")

wrk.path = common.path or common.page(1)
wrk.headers = common.headers({ ["If-None-Match"] = common.env("BENCH_ETAG") })

function done(summary, latency)
  common.report("conditional", summary, latency)
end
