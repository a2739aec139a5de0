# shellcheck shell=bash disable=SC2034
# Settings and helpers of the gateway lab; sourced by its scripts.
#
# Every setting can come from the environment. Labs with different LAB_PREFIX run side by side.

LAB_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LAB_PREFIX=${LAB_PREFIX:-ike}
LAB_STATE=${LAB_STATE:-${TMPDIR:-/tmp}/ike-lab-$LAB_PREFIX}  # run-time files
LAB_ROOTS=${LAB_ROOTS:-/var/tmp/ike-lab-roots}               # unpacked gateways, see lab peers

NS_CLIENT=$LAB_PREFIX-client    # roaming host with the uplinks wifi0 and cell0
NS_ROUTER=$LAB_PREFIX-router    # router, optional NAT and impairments
NS_GATEWAY=$LAB_PREFIX-gateway  # the IKEv2 gateway
NS_INNER=$LAB_PREFIX-inner      # host behind the gateway

# Documentation addresses (RFC 5737, RFC 3849) outside, private ones inside.
WIFI_CLIENT=192.0.2.2     WIFI_ROUTER=192.0.2.1
CELL_CLIENT=198.51.100.2  CELL_ROUTER=198.51.100.1
WAN_GATEWAY=203.0.113.2   WAN_ROUTER=203.0.113.1
WIFI_CLIENT6=2001:db8:1::2  WIFI_ROUTER6=2001:db8:1::1
CELL_CLIENT6=2001:db8:2::2  CELL_ROUTER6=2001:db8:2::1
WAN_GATEWAY6=2001:db8:3::2  WAN_ROUTER6=2001:db8:3::1
LAN_GATEWAY=10.99.0.1     LAN_INNER=10.99.0.2
LAN_NET=10.99.0.0/24
POOL=10.98.0.0/24         # addresses that the gateway hands out
FIXED=10.97.0.0/24        # addresses that clients without configuration payloads choose from

ID_GATEWAY=gw.example.test
ID_PSK=psk@example.test
ID_CERT=client@example.test
PSK=lab-preshared-key
PPK=lab-post-quantum-key     # with SS_PPK as its identity

die() { echo "${0##*/}: $*" >&2; exit 1; }

# usage: prints the comment at the head of the script and ends it.
usage() { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2; }

need_root() {
    [ "$(id -u)" = 0 ] || { echo "${0##*/}: network namespaces need root: run it with sudo" >&2; exit 3; }
}

have_ns() { [ -e "/run/netns/$1" ]; }

in_ns() {
    local ns=$1
    shift
    ip netns exec "$ns" "$@"
}

# ns_of client|router|gateway|inner
ns_of() {
    case $1 in
        client) echo "$NS_CLIENT" ;;
        router) echo "$NS_ROUTER" ;;
        gateway) echo "$NS_GATEWAY" ;;
        inner) echo "$NS_INNER" ;;
        *) die "no such host: $1 (client, router, gateway, inner)" ;;
    esac
}

# alive PIDFILE WORD: the recorded process still runs and its command line contains WORD (which guards
# against a number that another process has got since).
alive() {
    local pid
    [ -s "$1" ] || return 1
    pid=$(cat "$1")
    grep -aqs -- "$2" "/proc/$pid/cmdline"
}

# threads PID: a thread of it still runs, even if the process has no command line any more.
threads() { grep -qs '^State:[[:space:]]*[^ZX]' "/proc/$1"/task/*/status; }

# stop_pid PIDFILE WORD [SIGNAL]: ends exactly the recorded process, then forgets it.
stop_pid() {
    local pid i
    if alive "$1" "$2"; then
        pid=$(cat "$1")
        kill "-${3:-TERM}" "$pid" 2>/dev/null || true
        for i in $(seq 50); do
            alive "$1" "$2" || threads "$pid" || break
            sleep 0.1
        done
        if alive "$1" "$2"; then kill -9 "$pid" 2>/dev/null || true; fi
    fi
    rm -f "$1"
}

# wait_for SECONDS COMMAND...: polls until the command succeeds.
wait_for() {
    local left=$(($1 * 20))
    shift
    while [ "$left" -gt 0 ]; do
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.05
        left=$((left - 1))
    done
    return 1
}
