#!/bin/sh
# Breaks a copy of the code on purpose, in one place after the other, and sees that the simulator
# notices each. What it breaks: crates/simulator/breakages.patch, where the variable BREAK says what
# is broken, and `simulate --sabotage`.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
seeds=${SEEDS:-100}
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git -C "$here" ls-files -z | (cd "$here" && xargs -0 cp --parents --target-directory "$copy")
cd "$copy"
: "${CARGO_TARGET_DIR:=$here/target}"
export CARGO_TARGET_DIR
patch --silent --strip 1 <crates/simulator/breakages.patch
# The workspace as a whole, so that features agree with other builds.
cargo build --quiet --locked --workspace --bin simulate
cp "$CARGO_TARGET_DIR/debug/simulate" .

# Runs the simulator, which must fail, and names the seed that found it.
expect_failure() {
    name=$1
    shift
    if ./simulate --seeds "$seeds" --fail-fast "$@" >found.txt; then
        echo "$name: NOT FOUND in $seeds seeds" >&2
        exit 1
    fi
    echo "$name: $(grep -m 1 'FAILED:' found.txt)"
}

for sabotage in forget-votes lie-about-sync lose-transactions; do
    expect_failure "$sabotage" --sabotage "$sabotage"
done
for breakage in accept-any-root accept-any-receipts accept-any-validators accept-unsigned-votes \
    accept-stale-votes skip-history apply-twice reorder-jobs; do
    export BREAK="$breakage"
    expect_failure "$breakage"
done
