-- Another page each time, over the whole list, in random order. No page comes
-- again before all others have come; then the order is shuffled anew.
--
--   BENCH_SPREAD  lets the size of a page vary by up to so many guests either
--                 way (default 0). Pages of other sizes hold other guests, so
--                 with a spread of s, 2s + 1 times as many different answers
--                 exist: enough that a cache of answers has nothing to offer.
--   BENCH_SEED    the order (default: another one each run)
--
-- Reports beside the rest how many different answers there are, and how many
-- times all of them were begun.

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local common = dofile(here .. "common.lua")

local threads = {}

function setup(thread)
  thread:set("number", #threads)
  threads[#threads + 1] = thread
end

-- All (page, size) pairs, each as one number: page * WIDTH + size.
local WIDTH = 4096
local choices = {}
local turn = 0
passes = 0
answers = 0

local function shuffle()
  for index = #choices, 2, -1 do
    local other = math.random(index)
    choices[index], choices[other] = choices[other], choices[index]
  end
end

function init()
  local spread = common.whole("BENCH_SPREAD", 0)
  local guests = common.whole("BENCH_PAGES") * common.per_page
  for size = math.max(1, common.per_page - spread), common.per_page + spread do
    for page = 1, math.max(1, math.floor(guests / size)) do
      choices[#choices + 1] = page * WIDTH + size
    end
  end
  answers = #choices
  math.randomseed(common.whole("BENCH_SEED", os.time()) + number)
  wrk.headers = common.headers({ ["Host"] = wrk.headers["Host"] })
end

function request()
  if turn % #choices == 0 then
    shuffle()
    passes = passes + 1
    turn = 0
  end
  turn = turn + 1
  local choice = choices[turn]
  return wrk.format(nil, common.page(math.floor(choice / WIDTH), choice % WIDTH))
end

function done(summary, latency)
  local most = 0
  for _, thread in ipairs(threads) do most = math.max(most, thread:get("passes")) end
  common.report("random", summary, latency, { answers = threads[1]:get("answers"), passes = most })
end
