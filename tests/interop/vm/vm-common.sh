# shellcheck shell=bash disable=SC2034
# Settings and helpers of the virtual machines; sourced by the scripts here.
# Namespaces, addresses and credentials come from the lab one level up.

VM_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$VM_DIR/../lab-common.sh"

VM_CACHE=${VM_CACHE:-$LAB_ROOTS/vm}      # packages, unpacked tree, image
VM_MEM=${VM_MEM:-256}                    # MiB per machine
VM_SMP=${VM_SMP:-1}                      # processors per machine
VM_ACCEL=${VM_ACCEL:-auto}               # auto | kvm | tcg

# vm_setup ROLE: the machine takes the place of one namespace of the lab. Its
# network cards are bridged to the links of that namespace.
vm_setup() {
    ROLE=$1
    case $ROLE in
        gateway) NS=$NS_GATEWAY; LINKS="wan0 lan0"; VM_ID=1 ;;
        client) NS=$NS_CLIENT; LINKS="wifi0 cell0"; VM_ID=2 ;;
        *) die "role must be gateway or client, not '$ROLE'" ;;
    esac
    DIR=$LAB_STATE/vm-$ROLE
    PIDFILE=$DIR/pid
    SOCK=$DIR/shell.sock
}

# link_conf IF: "ADDR4 ADDR6 ROUTER4 ROUTER6 METRIC" of a link, - for nothing.
link_conf() {
    case $1 in
        wan0) echo $WAN_GATEWAY/24 $WAN_GATEWAY6/64 $WAN_ROUTER $WAN_ROUTER6 0 ;;
        lan0) echo $LAN_GATEWAY/24 - - - 0 ;;
        wifi0) echo $WIFI_CLIENT/24 $WIFI_CLIENT6/64 $WIFI_ROUTER $WIFI_ROUTER6 100 ;;
        cell0) echo $CELL_CLIENT/24 $CELL_CLIENT6/64 $CELL_ROUTER $CELL_ROUTER6 200 ;;
    esac
}

# accel: hardware help only where the processor really offers it. A /dev/kvm
# without svm or vmx in /proc/cpuinfo exists, and Debian's kernel hangs on it.
accel() {
    case $VM_ACCEL in
        kvm|tcg) echo "$VM_ACCEL" ;;
        *) if [ -w /dev/kvm ] && grep -qwE 'svm|vmx' /proc/cpuinfo; then echo kvm
           else echo tcg; fi ;;
    esac
}

usage() { sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit 2; }
