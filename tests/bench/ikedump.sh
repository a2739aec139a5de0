#!/usr/bin/env bash
# usage: tests/bench/ikedump.sh BUILD_DIR [IKE_SAS [ESP_PACKETS]]
# CPU time of ikedump, tshark and tcpdump over the same captures with the same keys, start-up taken off; the
# floor of ESP; start-up; memory by the number of packets and of IKE SAs.
set -euo pipefail
build=$(realpath "$1")
sas=${2:-20000}
esp=${3:-100000}
ikedump=$build/tools/ikedump
bench=$build/tests/bench_ikedump
[ -x "$ikedump" ] || { echo "ikedump.sh: $ikedump is not built" >&2; exit 3; }
for tool in tshark tcpdump; do
    command -v "$tool" >/dev/null || { echo "ikedump.sh: $tool is not installed" >&2; exit 3; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$bench" "$work" "$sas" "$esp"
head -c 24 "$work/ike.pcap" >"$work/empty.pcap"
# What was written goes to the disk now, not while somebody is timed.
sync -f "$work"

TIMEFORMAT='%3U %3S %3R'
# cpu COMMAND...: the least user and system time of $rounds runs, of more where they are short, and the least time by
# the clock, seconds.
all_rounds=9
rounds=$all_rounds
cpu() {
    local run begun=${EPOCHREALTIME/[.,]/}
    for ((run = 0; run < rounds || (rounds > 1 && ${EPOCHREALTIME/[.,]/} - begun < 1500000); ++run)); do
        { time "$@" >/dev/null 2>&1; } 2>&1
    done | awk '{ t = $1 + $2; if (NR == 1 || t < best) best = t; if (NR == 1 || $3 < clock) clock = $3 }
                END { print best, clock }'
}
our() { "$ikedump" --keys "$work/$1-keys" "${@:2}"; }
our_plain() { "$ikedump" "${@:2}"; }
# The key folders serve as Wireshark's settings, so that the user's have no say.
wireshark() {
    WIRESHARK_CONFIG_DIR=$work/$1-keys tshark -n -o esp.enable_encryption_decode:TRUE -r "${@:2}"
}
wireshark_plain() { WIRESHARK_CONFIG_DIR=$work/none tshark -n -r "${@:2}"; }
tcpdump_plain() { tcpdump -n -r "${@:2}"; }

# row NAME KIND PACKETS OURS THEIRS [OUR FLAG...] [-- THEIR FLAG...], of the capture KIND.pcap
row() {
    local name=$1 kind=$2 packets=$3 ours=$4 theirs=$5 mine=() other=()
    shift 5
    while [ $# -gt 0 ] && [ "$1" != -- ]; do mine+=("$1"); shift; done
    [ $# = 0 ] || { shift; other=("$@"); }
    local our_start their_start our_time their_time
    our_start=$(cpu "$ours" "$kind" "$work/empty.pcap")
    their_start=$(cpu "$theirs" "$kind" "$work/empty.pcap")
    our_time=$(cpu "$ours" "$kind" "$work/$kind.pcap" "${mine[@]}")
    # Another's JSON takes long enough to be measured well at once.
    [ "${other[*]}" != "-T json" ] || rounds=1
    their_time=$(cpu "$theirs" "$kind" "$work/$kind.pcap" "${other[@]}")
    rounds=$all_rounds
    # shellcheck disable=SC2086 # two numbers each
    printf '%s\n' "$our_start $our_time $their_start $their_time" | awk -v name="$name" -v packets="$packets" '{
        a = $3 - $1; b = $7 - $5; if (a < 0.001) a = 0.001
        printf "%-34s %8d %9.3f %9.3f %7.1f %9.3f %9.3f\n", name, packets, a, b, b / a, $4 - $2, $8 - $6 }'
}
echo "ikedump against others: CPU seconds beyond start-up, their ratio, seconds by the clock"
printf '%-34s %8s %9s %9s %7s %9s %9s\n' what packets ikedump other ratio clock other
row "ESP decrypted / tshark" esp "$esp" our wireshark
row "IKE decrypted / tshark" ike $((sas * 8)) our wireshark
row "IKE decrypted, JSON / tshark" ike $((sas * 8)) our wireshark --json -- -T json
row "IKE, no keys / tshark" ike $((sas * 8)) our_plain wireshark_plain
row "ESP, no keys / tshark" esp "$esp" our_plain wireshark_plain
row "IKE, no keys / tcpdump -n" ike $((sas * 8)) our_plain tcpdump_plain
row "ESP, no keys / tcpdump -n" esp "$esp" our_plain tcpdump_plain

floor=$(for _ in $(seq "$rounds"); do "$bench" floor "$work"; done | sort -n | head -1)
spent=$(cpu our esp "$work/esp.pcap")
start=$(cpu our esp "$work/empty.pcap")
awk -v floor="$floor" -v spent="${spent% *}" -v start="${start% *}" 'BEGIN {
    printf "ESP decrypted: reading the file and the AEAD alone take %.3f s, %.0f %% of what ikedump takes\n",
        floor, 100 * floor / (spent - start) }'
start=$(cpu our_plain - "$work/empty.pcap")
echo "start-up without keys: ${start% *} s of CPU, ${start#* } s by the clock"

# The largest resident set, KiB; what else the command says stays in $work/remarks.
resident() { /usr/bin/time -f %M "$@" >/dev/null 2>"$work/remarks"; tail -1 "$work/remarks"; }
mib() { awk -v kib="$1" 'BEGIN { printf "%.1f MiB", kib / 1024 }'; }
echo "resident: $(mib "$(resident "$ikedump" "$work/empty.pcap")") for no packet," \
    "$(mib "$(resident "$ikedump" --keys "$work/esp-keys" "$work/esp.pcap")") for $esp ESP packets decrypted"
storm() { "$bench" storm "$1" | resident "$ikedump" -; }
few=$(storm 10000)
many=$(storm 100000)
awk -v few="$few" -v many="$many" 'BEGIN { printf "an IKE SA: %.0f octets\n", 1024 * (many - few) / 90000 }'
echo "1,200,000 IKE SAs: $(mib "$(storm 1200000)"); $(head -1 "$work/remarks")"
