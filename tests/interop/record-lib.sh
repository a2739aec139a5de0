# shellcheck shell=bash
# What the scripts under cases/ have at hand; they are run by tests/interop/record, which has made the
# topology and cleans up after them.
. "$(dirname "${BASH_SOURCE[0]}")/lab-common.sh"

ss() { "$LAB_DIR/strongswan" "$@"; }
event() { "$LAB_DIR/event" "$1"; }
impair() { "$LAB_DIR/impair" "$@"; }
nat() { "$LAB_DIR/topology" nat "$1"; }

# both: starts gateway and client with the same settings; begin [END]: the captures begin, or that of one end.
both() { ss start gateway && ss start client; }
begin() { "$LAB_DIR/sniff" start "${OUT:?run by tests/interop/record}" "$@"; }

# Some commands of a failing case fail; that is the point of it.
up() { ss up "${1:-psk}" || echo "(not established)"; }
down() { ss down "${1:-psk}" || true; }
rekey() { ss ctl "$1" --rekey "${@:2}" || true; }

# probe COUNT [INTERVAL [SIZE [OPTION...]]]: pings from the client to the host behind the gateway.
probe() { in_ns "$NS_CLIENT" ping -n -q -c "$1" -i "${2:-0.1}" -s "${3:-56}" -W 1 "${@:4}" $LAN_INNER || true; }
# probe_back COUNT [INTERVAL]: pings from the host behind the gateway to the client's inner address.
probe_back() {
    local address
    address=$(in_ns "$NS_CLIENT" ip -4 -o addr show | awk '$4 ~ /^10\.98\./ { sub("/.*", "", $4); print $4; exit }')
    in_ns "$NS_INNER" ping -n -q -c "$1" -i "${2:-0.1}" -W 1 "${address:-10.98.0.1}" || true
}

# datagrams FILTER: UDP payloads of what the client's capture holds so far, in hexadecimal, one a line.
datagrams() { tshark -n -r "$OUT/client.pcapng" -Y "$1" -T fields -e udp.payload 2>/dev/null || true; }
# inject OPTION...: datagrams from standard input, sent by the router to the gateway, see inject.py.
inject() { in_ns "$NS_ROUTER" "$LAB_DIR/inject.py" "$@" $WAN_GATEWAY; }

# Machines whose kernel has ESP, see vm/. vm_gateway KIND: a daemon in one; vm_client: strongSwan in another.
vm_gateway() { "$LAB_DIR/vm/start" gateway && "$LAB_DIR/vm/gateway" start "$1"; }
vm_client() { "$LAB_DIR/vm/start" client && "$LAB_DIR/vm/gateway" client start; }
vm_up() { "$LAB_DIR/vm/gateway" client up "$1"; }
vm_down() { "$LAB_DIR/vm/gateway" client down "$1" || true; }
in_vm() { "$LAB_DIR/vm/run-in-vm" "$1" -n "${@:2}" || true; }
vm_probe() { in_vm client "ping -n -q -c $1 -i ${2:-0.1} -W 1 $LAN_INNER"; }
# vm_logs GATEWAY_KIND: what the daemons wrote, to where record looks for it.
vm_logs() {
    mkdir -p "$LAB_STATE/strongswan-client" "$LAB_STATE/strongswan-gateway" "$LAB_STATE/$1"
    "$LAB_DIR/vm/gateway" client log >"$LAB_STATE/strongswan-client/charon.log"
    if [ "$1" = strongswan ]; then "$LAB_DIR/vm/gateway" log >"$LAB_STATE/strongswan-gateway/charon.log"
    else "$LAB_DIR/vm/gateway" log >"$LAB_STATE/$1/log"; fi
}

# serve PROFILE: our ikectl as the gateway, from the folder TOOLS; unserve: ends it.
serve() {
    (exec ip netns exec "$NS_GATEWAY" "${TOOLS:?folder of our tools}/ikectl" serve --peer "$1" --json) \
        >"$OUT/serve.out" 2>"$OUT/serve.err" </dev/null &
    echo $! >"$OUT/serve.pid"
    wait_for 10 grep -q '"serving"' "$OUT/serve.out" || { cat "$OUT/serve.err" >&2; die "ikectl serve did not start"; }
}
unserve() { kill -INT "$(cat "$OUT/serve.pid")" && wait "$(cat "$OUT/serve.pid")" || true; }
