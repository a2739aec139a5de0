# shellcheck shell=bash
# Configurations of libreswan and OpenIKED as gateway and as client; sourced by their scripts, in namespaces and in
# the machine. Settings are those that `strongswan` reads: SS_POOL, SS_VIP, SS_NET, SS_PPK, SS_CERT, SS_CHAIN,
# SS_DPD, SS_KEYTYPE; LSW_ROAMER=yes makes a client of libreswan that roams; LSW_TYPE=transport, LSW_COMPRESS=yes and
# IKED_MODE (transport or ipcomp) make other Child SAs. LSW_SETUP and LSW_CONN are further lines, separated by ";";
# LSW_NULL=yes: connection psk proves nothing (RFC 7619) and is the only one;
# LSW_AUTHBY and IKED_SIGN how certificates sign; SS_CRL=yes: it has the authority's revocation list.

PEER_KEYTYPE=${SS_KEYTYPE:-ecdsa}
[ -z "${LSW_KEYTYPE:-}" ] || PEER_KEYTYPE=$LSW_KEYTYPE
[ -z "${IKED_KEYTYPE:-}" ] || PEER_KEYTYPE=$IKED_KEYTYPE

pki_extent() { [[ "${SS_CERT:-}" != *-long && "${SS_CHAIN:-}" != *middle* ]] || echo long; }
# peer_certificate gateway|client
peer_certificate() {
    if [ -n "${SS_CERT:-}" ]; then echo "$SS_CERT"
    elif [ "$1" = gateway ]; then echo gw
    else echo client; fi
}

# libreswan_conn gateway|client NAME CLIENT-ID LINES...
libreswan_conn() {
    local role=$1 name=$2 id=$3 gateway=@$ID_GATEWAY line
    shift 3
    [ "$id" != %null ] || gateway=%null
    printf 'conn %s\n' "$name"
    if [ "$role" = gateway ]; then
        set -- "$@" "left=$WAN_GATEWAY" "leftid=$gateway" "leftsubnet=${SS_NET:-$LAN_NET}" "right=%any" "rightid=$id"
        if [ "${SS_POOL:-yes}" = no ]; then set -- "$@" "rightsubnet=${LSW_CLIENT_NET:-10.97.0.2/32}"
        else set -- "$@" "rightaddresspool=10.98.0.10-10.98.0.250" "modecfgdns=10.99.0.53"; fi
    else
        set -- "$@" "left=%defaultroute" "leftid=$id" "right=$WAN_GATEWAY" "rightid=$gateway" \
            "rightsubnet=${SS_NET:-$LAN_NET}"
        # It follows its own addresses only where it was given an inner one.
        if [ "${SS_VIP:-yes}" = no ] && [ "${LSW_ROAMER:-no}" = no ]; then set -- "$@" "leftsubnet=${LSW_CLIENT_NET:-10.97.0.2/32}"
        else set -- "$@" "leftmodecfgclient=yes" "modecfgpull=yes" "leftsubnet=0.0.0.0/0"; fi
    fi
    if [ "${LSW_TYPE:-tunnel}" = transport ]; then
        # Between the two addresses alone.
        for line in "$@"; do [[ "$line" = *subnet=* ]] || set -- "$@" "$line"; shift; done
        set -- "$@" "type=transport"
    fi
    [ -z "${LSW_COMPRESS:-}" ] || set -- "$@" "compress=$LSW_COMPRESS"
    [ -z "${SS_PPK:-}" ] || set -- "$@" "ppk=insist"
    [ -z "${SS_DPD:-}" ] || set -- "$@" "dpddelay=$SS_DPD" "dpdtimeout=30s" "dpdaction=clear"
    [ -z "${SS_CHAIN:-}" ] || set -- "$@" "sendca=all"
    if [ -n "${LSW_CONN:-}" ]; then
        while read -r line; do set -- "$@" "$line"; done < <(tr ';' '\n' <<<"$LSW_CONN")
    fi
    set -- "$@" "ikev2=insist" "mobike=${LSW_MOBIKE:-yes}" "pfs=${LSW_PFS:-no}" "narrowing=yes" \
        "leftupdown=/bin/true" "auto=add"
    for line in "$@"; do printf '    %s\n' "$line"; done
}

libreswan_conf() {
    local role=$1 auth=rsasig
    [[ "$PEER_KEYTYPE" != ecdsa* ]] || auth=ecdsa
    auth=${LSW_AUTHBY:-$auth}
    printf 'config setup\n    logtime=yes\n    plutodebug=%s\n' "${LSW_DEBUG:-none}"
    [ -z "${LSW_SETUP:-}" ] || tr ';' '\n' <<<"$LSW_SETUP" | sed 's/^/    /'
    [ -z "${SS_CRL:-}" ] || printf '    crl-strict=yes\n'
    # Beside another it would not be found.
    if [ -n "${LSW_NULL:-}" ]; then libreswan_conn "$role" psk %null "authby=null"; return; fi
    libreswan_conn "$role" psk "$ID_PSK" "authby=secret"
    libreswan_conn "$role" pubkey "$ID_CERT" "authby=$auth" "leftcert=own" "leftsendcert=always" "rightca=%same"
}

libreswan_secrets() {
    echo "@$ID_GATEWAY $ID_PSK : PSK \"$PSK\""
    [ -z "${SS_PPK:-}" ] || echo "@$ID_GATEWAY $ID_PSK : PPKS \"$SS_PPK\" \"$PPK\""
}

# openiked_policy gateway|client NAME CLIENT-ID AUTH
openiked_policy() {
    local role=$1 name=$2 id=$3 auth=$4 inside=${IKED_CLIENT_NET:-10.97.0.2/32} net=${SS_NET:-$LAN_NET} address="" mode=${IKED_MODE:-}
    if [ "$mode" = transport ]; then net=$WAN_GATEWAY inside=$WIFI_CLIENT; fi
    if [ "$role" = gateway ]; then
        if [ "${SS_POOL:-yes}" = yes ]; then
            inside=dynamic
            address="config address $POOL config name-server 10.99.0.53"
        fi
        printf 'ikev2 "%s" passive %s esp from %s to %s local %s peer any ' "$name" "$mode" "$net" "$inside" $WAN_GATEWAY
    else
        if [ "${SS_VIP:-yes}" = yes ]; then
            inside=dynamic
            address="request address any"
        fi
        printf 'ikev2 "%s" active %s esp from %s to %s local %s peer %s ' "$name" "$mode" "$inside" "$net" $WIFI_CLIENT $WAN_GATEWAY
    fi
    printf 'ikesa enc aes-256-gcm prf hmac-sha2-256 group curve25519 '
    printf 'ikesa enc aes-256 auth hmac-sha2-256 prf hmac-sha2-256 group ecp256 group modp2048 '
    printf 'childsa enc aes-256 auth hmac-sha2-512 auth hmac-sha2-384 auth hmac-sha1 group none '
    printf 'childsa enc aes-256 auth hmac-sha2-512 auth hmac-sha2-384 auth hmac-sha1 group curve25519 '
    if [ "$role" = gateway ]; then printf 'srcid %s dstid %s ' $ID_GATEWAY "$id"
    else printf 'srcid %s dstid %s ' "$id" $ID_GATEWAY; fi
    printf '%s %s %s\n' "${IKED_LIFETIMES:-}" "$auth" "$address"
}

openiked_conf() {
    local role=$1 kind
    if [ "${IKED_MOBIKE:-yes}" = yes ]; then echo "set mobike"; else echo "set nomobike"; fi
    [ "${IKED_FRAG:-no}" != yes ] || echo "set fragmentation"
    echo "user \"carol\" \"lab-eap-password\""
    # The last policy answers IKE_SA_INIT. A PSK policy there would leave out the CERTREQ that makes clients send
    # their certificate.
    for kind in ${IKED_AUTH:-psk pubkey}; do
        case $kind in
            psk) openiked_policy "$role" psk $ID_PSK "psk \"$PSK\"" ;;
            pubkey) openiked_policy "$role" pubkey $ID_CERT "${IKED_SIGN:-}" ;;
            eap-mschapv2) openiked_policy "$role" eap-mschapv2 carol@example.test 'eap "mschap-v2"' ;;
            *) die "unknown authentication: $kind" ;;
        esac
    done
}
