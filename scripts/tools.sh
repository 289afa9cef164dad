#!/bin/sh
# Installs what the tests need beyond Rust: Node 18 or newer, and the npm packages that the lock
# files name. Does nothing where everything is there already.
set -eu
cd "$(dirname "$0")/.."

node_is_new_enough() {
    command -v npm >/dev/null 2>&1 &&
        node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 18 ? 0 : 1)' 2>/dev/null
}

install_node="apt-get update && apt-get install -y --no-install-recommends nodejs npm"

if ! node_is_new_enough; then
    if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
        echo "tools: installing Node with apt" >&2
        sh -c "$install_node" >&2 || true
    fi
    if ! node_is_new_enough; then
        echo "tools: the tests need Node 18 or newer with npm. On Debian:" >&2
        echo "    sudo sh -c '$install_node'" >&2
        exit 1
    fi
fi

for lock in e2e/package-lock.json crates/modules/tests/layout/package-lock.json; do
    folder=$(dirname "$lock")
    [ -f "$lock" ] || continue
    # npm writes this file last, so a newer one means that the lock's packages are in place.
    if [ -n "$(find "$folder/node_modules/.package-lock.json" -newer "$lock" 2>/dev/null)" ]; then
        continue
    fi
    echo "tools: npm ci in $folder" >&2
    (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error >&2)
done
