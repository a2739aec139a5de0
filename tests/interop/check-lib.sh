# shellcheck shell=bash
# What the scripts under checks/ have at hand; they are run by tests/interop/check in a folder of their own, which
# holds what they write. Whatever fails ends the check.
. "${LAB:?run by tests/interop/check}/record-lib.sh"

# shellcheck disable=SC2034
OUT=${WORK:?}

fail() { echo "FAILED: $*" >&2; exit 1; }
# check WHAT COMMAND...: says so when the command fails.
check() {
    local what=$1
    shift
    "$@" || fail "$what"
    echo "ok: $what"
}
# check_within SECONDS WHAT COMMAND...: the same for what takes a moment.
check_within() {
    local seconds=$1 what=$2
    shift 2
    wait_for "$seconds" "$@" || fail "$what (not within $seconds s)"
    echo "ok: $what"
}

# profile FILE [LINE...]: a peer profile for our side as client of the lab's gateway.
profile() {
    local file=$1
    shift
    {
        printf 'gateway: %s\nremote_id: %s\n' "$WAN_GATEWAY" "$ID_GATEWAY"
        printf 'ts_local: 10.97.0.2/32\nts_remote: %s\n' "$LAN_NET"
        printf '%s\n' "$@"
    } >"$file"
}
profile_psk() { profile "$1" "id: $ID_PSK" "psk: $PSK" "${@:2}"; }
profile_cert() {
    local pki
    pki=$("$LAB_DIR/pki" "${SS_KEYTYPE:-ecdsa}")
    profile "$1" "id: $ID_CERT" "certificates: $pki/client.crt" "key: $pki/client.key" "ca: $pki/ca.crt" "${@:2}"
}

# ours TOOL ARGUMENT...: one of our tools on the client; with keys into the check's folder.
ours() { in_ns "$NS_CLIENT" "$TOOLS/$1" "${@:2}" --keylog "$WORK/keys"; }
# start NAME TOOL ARGUMENT...: the same in the background, output in NAME.out and NAME.err. ended NAME: waits for
# its end and fails with it; interrupt NAME: as Ctrl-C does, then waits.
start() {
    local name=$1 host=${ON:-$NS_CLIENT}
    shift
    (exec ip netns exec "$host" "$TOOLS/$1" "${@:2}" --keylog "$WORK/keys") >"$name.out" 2>"$name.err" </dev/null &
    echo $! >"$name.pid"
}
ended() {
    local status=0
    wait "$(cat "$1.pid")" || status=$?
    rm -f "$1.pid"
    [ $status = 0 ] || { tail -n 30 "$1.out" "$1.err" >&2; fail "$1 ended with $status"; }
    echo "ok: $1 ended well"
}
interrupt() {
    kill -INT "$(cat "$1.pid")"
    ended "$1"
}
# hold NAME ARGUMENT...: ikectl connect with pings until interrupt NAME.
hold() { start "$1" ikectl connect --ping $LAN_INNER --interval 0.1 "${@:2}"; }
# play NAME: starts the scenario of that name from standard input, with the profile peer.yaml.
play() {
    { printf 'hosts:\n  us:\n    profile: peer.yaml\nsteps:\n'; cat; } >"$1.yaml"
    start "$1" ikectl run "$1.yaml"
}

# What strongSwan itself says. sas: swanctl --list-sas of the gateway; theirs PATTERN: a line of it matches;
# ike_sas, child_sas: how many; heard PATTERN: its log has such a line.
# The peer is strongSwan as gateway, unless a script calls peer_is client, or peer_is vm for the daemon in the machine.
ROLE_OF_PEER=gateway
peer_is() { ROLE_OF_PEER=$1; }
sas() { if [ "$ROLE_OF_PEER" = vm ]; then "$LAB_DIR/vm/gateway" status; else ss status "$ROLE_OF_PEER"; fi; }
# SPIs of the ESP SAs in the machine's kernel, sorted.
kernel_spis() { "$LAB_DIR/vm/gateway" sas | grep -o 'spi 0x[0-9a-f]*' | sort | tr '\n' ' '; }
# The lowest sequence number that they have come to.
kernel_sequence() {
    local lowest
    lowest=$("$LAB_DIR/vm/gateway" sas | sed -nE 's/.*anti-replay( esn)? context: .*seq 0x([0-9a-f]+), .*oseq 0x([0-9a-f]+).*/\2 \3/p' |
        while read -r in out; do [ $((0x$in)) = 0 ] && echo $((0x$out)) || echo $((0x$in)); done | sort -n | head -1)
    echo "${lowest:-0}"
}
# Not through a pipe: grep -q would end it early.
theirs() { grep -Eq -- "$1" <<<"$(sas)"; }
ike_sas() { sas | grep -Ec '^[a-z].*: #[0-9]+, ESTABLISHED' || true; }
child_sas() { sas | grep -Ec '^  [a-z].*: #[0-9]+, .*INSTALLED' || true; }
has_ike_sas() { [ "$(ike_sas)" = "$1" ]; }
has_child_sas() { [ "$(child_sas)" = "$1" ]; }
heard() { grep -Eq -- "$1" "$LAB_STATE/strongswan-$ROLE_OF_PEER/charon.log"; }
heard_count() { grep -Ec -- "$1" "$LAB_STATE/strongswan-$ROLE_OF_PEER/charon.log" || true; }
# same_keys: strongSwan's own keys are among ours, so both really mean the same SAs.
same_keys() {
    "$LAB_DIR/charon_keys.py" "$WORK/their-keys" "$LAB_STATE/strongswan-$ROLE_OF_PEER/charon.log"
    ! grep -vxF -f "$WORK/keys/ikev2_decryption_table" "$WORK/their-keys/ikev2_decryption_table"
}
# lost_nothing FILE: no probe was lost outside the moves; on a machine where many others wait for each processor nobody
# can say why one was.
lost_nothing() {
    local load
    load=$(awk -v cpus="$(nproc)" '{ printf "%d", $1 / cpus }' /proc/loadavg)
    if [ "$load" -ge 4 ] && ! roam_report "$1" probes.lost_outside=0; then
        echo "not judged: probes lost while $load processes wait for each processor"
        return 0
    fi
    check "no probe lost outside the moves" roam_report "$1" probes.lost_outside=0
}
# roam_report FILE FIELD=VALUE...: what ikeroam --json says in the end.
roam_report() { "$LAB_DIR/roam_report.py" "$@"; }
