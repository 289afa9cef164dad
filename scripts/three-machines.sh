#!/bin/sh
# Tries docs/guides/three-organisations.md: three machines are three network namespaces on a bridge,
# each with an address, a file system folder and a node of its own. Needs root and `ip netns`.
#
#   scripts/three-machines.sh [path of qiantang]
set -eu
cd "$(dirname "$0")/.."
program=$(realpath "${1:-target/release/qiantang}")
folder=$(mktemp -d)
# Names of one run only, so that no other network of this machine is touched.
tag=$(printf '%04x' $(($$ % 65536)))
bridge="qt$tag"
pids=""

clean() {
    for pid in $pids; do kill "$pid" 2>/dev/null || true; done
    for pid in $pids; do wait "$pid" 2>/dev/null || true; done
    for i in 1 2 3; do ip netns delete "qt$tag-$i" 2>/dev/null || true; done
    ip link delete "$bridge" 2>/dev/null || true
    rm -rf "$folder"
}
trap clean EXIT
trap 'exit 1' INT TERM

ip link add "$bridge" type bridge
ip link set "$bridge" up
for i in 1 2 3; do
    ip netns add "qt$tag-$i"
    ip link add "q$tag$i" type veth peer name eth0 netns "qt$tag-$i"
    ip link set "q$tag$i" master "$bridge" up
    ip -n "qt$tag-$i" addr add "10.77.0.$i/24" dev eth0
    ip -n "qt$tag-$i" link set eth0 up
    ip -n "qt$tag-$i" link set lo up
done

# Each organisation makes its own directory and hands out its request, nothing else.
on() { machine=$1; shift; ip netns exec "qt$tag-$machine" "$program" "$@"; }
mkdir "$folder/requests"
for i in 1 2 3; do
    on "$i" init "$folder/m$i" --address "10.77.0.$i:30545" --organisation "Organisation $i" \
        --kind bank --jurisdiction CN-330100 \
        --administrator "0x000000000000000000000000000000000000100$i" >/dev/null 2>&1
    cp "$folder/m$i/request.json" "$folder/requests/$i.json"
done

# One of them builds the chain spec; all check it.
on 1 genesis build "$folder"/requests/*.json --name "Three organisations" \
    --out "$folder/chain.json" >/dev/null 2>&1
for i in 1 2 3; do
    on "$i" genesis check "$folder/chain.json" "$folder/m$i/request.json" --json >"$folder/check$i"
    cp "$folder/chain.json" "$folder/m$i/chain.json"
done
cmp "$folder/check1" "$folder/check2" && cmp "$folder/check2" "$folder/check3"

# The first line that a node prints says that it serves.
for i in 1 2 3; do
    mkfifo "$folder/ready$i"
    ip netns exec "qt$tag-$i" "$program" start --config "$folder/m$i/config.toml" --json \
        >"$folder/ready$i" 2>"$folder/m$i/node.log" &
    pids="$pids $!"
    exec 3<"$folder/ready$i"
    read -r ready <&3 || { echo "machine $i did not start:" >&2; cat "$folder/m$i/node.log" >&2; exit 1; }
    echo "machine $i: $ready"
done

# What the first machine was given, the third one proves against the anchor on which all agreed. A
# transaction at the third comes after it, and `trace register` waits until it is final there.
register() {
    on "$1" trace register "urn:epc:id:pgln:6901234.0000$1" --key "$key" --json
}
key=0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }
transaction=$(register 1 | field transaction)
register 3 >/dev/null
on 3 proof get --tx "$transaction" --output "$folder/proof.json" >/dev/null
on 2 proof verify "$folder/proof.json" --anchor "$(field anchor <"$folder/check2")"
echo "three machines agree"
