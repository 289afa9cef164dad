#!/bin/sh
# Measures this node and anvil on this machine, one after the other, with the same load, and prints
# both reports and the ratio. `make bench` builds and installs what it needs first.
#
# QIANTANG_BIN chooses the binary, BENCH_TRANSACTIONS the number of transfers, BENCH_PREFILL the
# number of accounts that exist before; further arguments go to `qiantang bench transfers`.
set -eu
cd "$(dirname "$0")/.."

binary=${QIANTANG_BIN:-target/release/qiantang}
transactions=${BENCH_TRANSACTIONS:-50000}
prefill=${BENCH_PREFILL:-0}
port=${BENCH_ANVIL_PORT:-18545}
anvil=$(node -e '
    const name = `@foundry-rs/anvil-${process.platform}-${{ x64: "amd64", arm64: "arm64" }[process.arch]}`
    const e2e = require("module").createRequire(`${process.cwd()}/e2e/package.json`)
    console.log(e2e.resolve(`${name}/package.json`).replace(/package.json$/, "bin/anvil"))
')
work=$(mktemp -d)
node=
stop() {
    if [ -n "$node" ]; then
        kill "$node" 2>/dev/null || true
        wait "$node" 2>/dev/null || true
        node=
    fi
}
trap 'stop; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# Waits until the command given succeeds, or the node ends.
until_ready() {
    tries=0
    until "$@" >/dev/null 2>&1; do
        tries=$((tries + 1))
        if ! kill -0 "$node" 2>/dev/null || [ "$tries" -gt 300 ]; then
            cat "$work/talk" >&2
            echo "the node did not start" >&2
            exit 1
        fi
        sleep 0.1
    done
}

# Drives one node and keeps its report.
drive() {
    report=$1
    shift
    "$binary" bench transfers --transactions "$transactions" --json "$@" >"$work/$report.json"
}

"$binary" dev --dir "$work/chain" --http 127.0.0.1:0 --json >"$work/ready" 2>"$work/talk" &
node=$!
until_ready grep -q rpc "$work/ready"
url=$(sed -n 's/.*"rpc":"\([^"]*\)".*/\1/p' "$work/ready")
echo "qiantang at $url" >&2
drive qiantang --rpc "$url" --pid "$node" --dir "$work/chain" --prefill "$prefill" "$@"
stop

"$anvil" --port "$port" --block-time 1 --order fifo --gas-limit 1000000000 --silent >"$work/talk" 2>&1 &
node=$!
url=http://127.0.0.1:$port
until_ready curl -sf -H 'content-type: application/json' "$url" \
    -d '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}'
echo "anvil at $url" >&2
drive anvil --rpc "$url" --pid "$node" --key dev:0 --prefill "$prefill" "$@"
stop

node scripts/bench-ratio.mjs "$work/qiantang.json" "$work/anvil.json"
