#!/usr/bin/env bash
# usage: tests/bench/ikedump.sh BUILD_DIR [IKE_SAS [ESP_PACKETS]]
# CPU time of ikedump and of tshark over the same captures with the same keys, in turns, start-up taken off.
set -euo pipefail
build=$(realpath "$1")
sas=${2:-2000}
esp=${3:-20000}
ikedump=$build/tools/ikedump
[ -x "$ikedump" ] || { echo "ikedump.sh: $ikedump is not built" >&2; exit 3; }
command -v tshark >/dev/null || { echo "ikedump.sh: tshark is not installed" >&2; exit 3; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$build/tests/bench_ikedump" "$work" "$sas" "$esp"
head -c 24 "$work/ike.pcap" >"$work/empty.pcap"
# A folder of its own for Wireshark, so that the user's settings have no say.
export WIRESHARK_CONFIG_DIR=$work/keys

TIMEFORMAT='%3U %3S'
# cpu COMMAND...: the least user and system time of three runs, seconds.
cpu() {
    for _ in 1 2 3; do
        { time "$@" >/dev/null 2>&1; } 2>&1
    done | awk '{ t = $1 + $2; if (NR == 1 || t < best) best = t } END { print best }'
}
our() { "$ikedump" --keys "$work/keys" "$@"; }
our_plain() { "$ikedump" "$@"; }
wireshark() { tshark -n -o esp.enable_encryption_decode:TRUE -r "$@"; }
wireshark_plain() { env -u WIRESHARK_CONFIG_DIR HOME="$work" tshark -n -r "$@"; }

our_start=$(cpu our "$work/empty.pcap")
tshark_start=$(cpu wireshark "$work/empty.pcap")
echo "ikedump against tshark: CPU seconds beyond start-up ($our_start s and $tshark_start s), best of 3"
printf '%-28s %10s %10s %10s %8s\n' what packets ikedump tshark ratio
# row NAME PACKETS OURS THEIRS FILE [OUR FLAG...] [-- THEIR FLAG...]
row() {
    local name=$1 packets=$2 ours=$3 theirs=$4 file=$5 mine=() other=()
    shift 5
    while [ $# -gt 0 ] && [ "$1" != -- ]; do mine+=("$1"); shift; done
    [ $# = 0 ] || { shift; other=("$@"); }
    awk -v name="$name" -v packets="$packets" -v a="$(cpu "$ours" "$file" "${mine[@]}")" -v a0="$our_start" \
        -v b="$(cpu "$theirs" "$file" "${other[@]}")" -v b0="$tshark_start" 'BEGIN {
            a -= a0; b -= b0; if (a < 0.001) a = 0.001
            printf "%-28s %10d %10.3f %10.3f %8.1f\n", name, packets, a, b, b / a }'
}
row "ESP 1,400 octets, decrypted" "$esp" our wireshark "$work/esp.pcap"
row "IKE, decrypted" $((sas * 8)) our wireshark "$work/ike.pcap"
row "IKE, decrypted, JSON" $((sas * 8)) our wireshark "$work/ike.pcap" --json -- -T json
row "IKE, no keys" $((sas * 8)) our_plain wireshark_plain "$work/ike.pcap"
row "ESP, no keys" "$esp" our_plain wireshark_plain "$work/esp.pcap"
