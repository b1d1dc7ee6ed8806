#!/bin/sh
# Installs the two dependencies at their locked versions, once: a second call
# with the same lock file and the same Node returns at once.
#
# better-sqlite3's own install script first tries to download a prebuilt
# binary. It is not run: the addon is compiled here from the source in the
# package, against the headers that came with the Node that will load it. This
# takes about a minute and needs a C++ compiler, make, python3 and
# `include/node` beside the Node executable's `bin`.
set -eu
cd "$(dirname "$0")"

stamp="node_modules/.built"
wanted="$(node --version) $(node -p 'crypto.createHash("sha256").update(fs.readFileSync("package-lock.json")).digest("hex")')"
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
    exit 0
fi

headers="$(node -p 'path.resolve(process.execPath, "../../include/node/node.h")')"
if [ ! -f "$headers" ]; then
    echo "setup: Node's headers are not where its executable says ($headers)" >&2
    exit 1
fi

npm ci --ignore-scripts --no-audit --no-fund
# The compiler is talkative about the addon; show it only when it fails.
npm run native > node_modules/.build.log 2>&1 || { cat node_modules/.build.log >&2; exit 1; }
printf '%s' "$wanted" > "$stamp"
