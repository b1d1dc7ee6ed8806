-- Guests look at their task lists, one after the other: BENCH_LIST names a file
-- with a line for each, a path, a tab and the cookie. Asks as a browser does,
-- compressed answers included.

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local common = dofile(here .. "common.lua")

local requests, place = {}, 0

function init()
  for line in io.lines(common.env("BENCH_LIST")) do
    local path, cookie = line:match("^([^\t]+)\t(.+)$")
    requests[#requests + 1] = wrk.format("GET", path, {
      ["Cookie"] = "hospes_guest=" .. cookie,
      ["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
      ["Accept"] = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
      ["Accept-Language"] = "en-US,en;q=0.9",
      ["Accept-Encoding"] = common.env("BENCH_ENCODINGS", "gzip, deflate, br, zstd"),
    })
  end
end

function request()
  place = place % #requests + 1
  return requests[place]
end

function done(summary, latency)
  common.report("workplace", summary, latency)
end
