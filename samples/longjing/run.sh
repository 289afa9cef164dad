#!/bin/sh
# Starts a chain, records the journey of a tin of Longjing tea on it, tells the tin's verified story,
# writes its proof, and keeps the chain running until Ctrl-C.
#
# QIANTANG_BIN, QIANTANG_HTTP and QIANTANG_DIR choose binary, address and directory;
# QIANTANG_ONCE=1 stops the chain after the story, for tests.
set -eu
cd "$(dirname "$0")/../.."

binary=${QIANTANG_BIN:-target/release/qiantang}
address=${QIANTANG_HTTP:-127.0.0.1:8545}
folder=${QIANTANG_DIR:-data/longjing}
samples=samples/longjing
tin=https://id.gs1.org/01/09521102002026/21/LJ260007
leaves=https://id.gs1.org/01/09521101001013/10/SF-20260402
proof=$folder.tin-7.bundle.json
said=$folder.dev.json
talk=$folder.dev.log

if ! [ -x "$binary" ]; then
    echo "$binary does not exist; \`make run\` builds it" >&2
    exit 1
fi

say() { printf '\n== %s\n' "$*" >&2; }

# Runs a client command and shows it first, so that it can be typed again.
qiantang() {
    printf '$ qiantang %s\n' "$*" >&2
    "$binary" "$@" --rpc "$url"
}

# A value of the JSON object that the node printed when it was ready.
said_value() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" "$said" | head -n 1; }

# The development accounts that play the parties.
key_of() {
    case $1 in
        garden) echo dev:1 ;;
        factory) echo dev:6 ;;
        carrier) echo dev:7 ;;
        shop) echo dev:4 ;;
    esac
}

say "Starting a chain in $folder"
mkdir -p "$(dirname "$folder")"
: >"$said"
"$binary" dev --dir "$folder" --fresh --http "$address" --json >"$said" 2>"$talk" &
node=$!
stop() {
    kill "$node" 2>/dev/null || true
    wait "$node" 2>/dev/null || true
}
trap stop EXIT
trap 'exit 130' INT TERM

tries=0
until url=$(said_value rpc) && [ -n "$url" ]; do
    tries=$((tries + 1))
    if ! kill -0 "$node" 2>/dev/null || [ "$tries" -gt 600 ]; then
        cat "$talk" >&2
        echo "the chain did not start; if $address is taken, set QIANTANG_HTTP=127.0.0.1:8546" >&2
        exit 1
    fi
    sleep 0.1
done
anchor=$(said_value anchor)
echo "RPC     $url" >&2
echo "Anchor  $anchor" >&2

say "The four parties say who they are, by their global location numbers"
qiantang trace register https://id.gs1.org/417/9521101000009 --key "$(key_of garden)" --yes
qiantang trace register https://id.gs1.org/417/9521102000008 --key "$(key_of factory)" --yes
qiantang trace register https://id.gs1.org/417/9521103000007 --key "$(key_of carrier)" --yes
qiantang trace register https://id.gs1.org/417/9521104000006 --key "$(key_of shop)" --yes

say "The journey: fifteen EPCIS documents, each by the party that holds the goods"
for document in "$samples"/*.jsonld; do
    name=$(basename "$document" .jsonld)
    party=$(echo "$name" | cut -d - -f 2)
    qiantang trace capture "$document" --key "$(key_of "$party")" --yes
done

say "Tin 7: the story, every event proved against the anchor"
qiantang trace verify "$tin" --anchor "$anchor"

say "What tin 7 was made from"
qiantang trace lineage "$tin"

say "A proof to take away: the document that brought tin 7 into being"
transaction=$("$binary" trace verify "$tin" --anchor "$anchor" --rpc "$url" --json 2>/dev/null |
    grep -o '"transaction":"0x[0-9a-f]*"' | head -n 1 | cut -d '"' -f 4)
qiantang proof get --tx "$transaction" --log 0 -o "$proof"
"$binary" proof verify "$proof" --anchor "$anchor"

cat >&2 <<END

== What to try next (in another terminal, in this folder)
  Recall a lot of leaves, and see it reach the tin:
    $binary trace recall $leaves --reason "residue above limit" --key dev:1 --rpc $url
    $binary trace show $tin --rpc $url
  Be refused, because only who made the tin may recall it:
    $binary trace recall $tin --reason "no reason" --key dev:5 --rpc $url
  Record a document twice, and see that it changes nothing:
    $binary trace capture $samples/15-shop-selling.jsonld --key dev:4 --rpc $url
  Check the proof anywhere, offline:
    $binary proof verify $proof --anchor $anchor
  Talk to the chain with any Ethereum tool: RPC $url, chain id 571571
END

if [ "${QIANTANG_ONCE:-0}" = 1 ]; then
    exit 0
fi
say "The chain is running; Ctrl-C stops it"
trap 'exit 0' INT TERM
wait "$node"
