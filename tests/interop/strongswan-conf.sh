# shellcheck shell=bash
# strongSwan's credentials and connections as gateway and as client; sourced by `strongswan` and by vm/gateway, which are
# told the same settings. Needs lab-common.sh and peer-conf.sh.

# strongswan_credentials ROLE DIR: fills the swanctl folder DIR.
strongswan_credentials() {
    local role=$1 d=$2 pki cert name
    pki=$("$LAB_DIR/pki" "$PEER_KEYTYPE" "$(pki_extent)")
    rm -rf "$d"
    mkdir -p "$d"/{x509,x509ca,x509ocsp,x509crl,x509aa,x509ac,private,conf.d,pubkey,rsa,ecdsa,bliss,pkcs8,pkcs12}
    cp "$pki/ca.crt" "$d/x509ca/"
    for name in ${SS_CHAIN:-}; do cp "$pki/$name.crt" "$d/x509ca/"; done
    [ -z "${SS_CRL:-}" ] || cp "$pki/ca.crl" "$d/x509crl/"
    cert=$(peer_certificate "$role")
    cp "$pki/$cert.crt" "$d/x509/"
    cp "$pki/$cert.key" "$d/private/"
}

# strongswan_connection ROLE NAME LOCAL REMOTE: LOCAL and REMOTE are settings, separated by ";".
strongswan_connection() {
    local role=$1 ends child vips="" pools="; pools = inner"
    shift
    if [ "$role" = gateway ]; then
        [ "${SS_POOL:-yes}" = yes ] || pools=""
        ends="local_addrs = $WAN_GATEWAY, $WAN_GATEWAY6$pools"
        child="local_ts = ${SS_NET:-$LAN_NET}; remote_ts = dynamic,$FIXED"
    else
        [ "${SS_VIP:-yes}" = no ] || vips="; vips = 0.0.0.0"
        ends="remote_addrs = ${SS_REMOTE:-$WAN_GATEWAY}; send_cert = always$vips"
        child="remote_ts = ${SS_NET:-$LAN_NET}; local_ts = ${SS_TS:-dynamic}"
    fi
    tr ';' '\n' <<CONF
    $1 {
        version = ${SS_VERSION:-2}
        proposals = ${SS_IKE:-aes256gcm16-prfsha256-x25519,aes256-sha256-ecp256,aes128-sha256-modp2048,default}
        mobike = ${SS_MOBIKE:-yes}
        dpd_delay = ${SS_DPD:-30s}
        fragmentation = ${SS_FRAGMENTATION:-yes}
        rekey_time = ${SS_REKEY:-4h}
        ${SS_PPK:+ppk_id = $SS_PPK; ppk_required = yes}
        ${SS_CONNECTION:-}
        $ends
        local {
            $2
        }
        remote {
            $3
        }
        children {
            net {
                $child
                esp_proposals = ${SS_CHILD:-aes256gcm16,aes128gcm16,aes256-sha256,aes128-sha256,default}
                rekey_time = ${SS_CHILD_REKEY:-1h}
                ${SS_CHILD_SETTINGS:-}
            }
            $(strongswan_second "$role")
        }
    }
CONF
}
strongswan_second() {
    [ "${SS_SECOND:-no}" = yes ] || return 0
    if [ "$1" = gateway ]; then echo "second { local_ts = 10.99.1.0/24; remote_ts = dynamic; esp_proposals = ${SS_CHILD:-default}; }"
    else echo "second { remote_ts = 10.99.1.0/24; esp_proposals = ${SS_CHILD:-default}; }"; fi
}

# strongswan_connections ROLE: swanctl.conf.
strongswan_connections() {
    local role=$1 method cert gateway=${SS_GATEWAY_ID:-$ID_GATEWAY} psk=${SS_ID:-$ID_PSK}
    local signs="auth = ${SS_SIGNATURE:-pubkey}" signed="auth = pubkey"
    cert=$(peer_certificate "$role")
    # In the IKE SA; authorities sign certificates as they like.
    [ -z "${SS_SIGNATURE:-}" ] || signed="auth = ike:$SS_SIGNATURE"
    [ -z "${SS_REVOCATION:-}" ] || signed="$signed; revocation = $SS_REVOCATION"
    echo "connections {"
    if [ "$role" = gateway ]; then
        cert="certs = $cert.crt; id = $gateway"
        strongswan_connection "$role" psk "auth = psk; id = $gateway" "auth = psk; id = $psk"
        strongswan_connection "$role" pubkey "$signs; $cert" "$signed; id = $ID_CERT; cacerts = ca.crt"
        strongswan_connection "$role" eap-mschapv2 "auth = pubkey; $cert" \
            "auth = eap-mschapv2; id = carol@example.test; eap_id = %any"
        strongswan_connection "$role" eap-tls "auth = pubkey; $cert" "auth = eap-tls; id = tls@example.test; eap_id = %any"
        strongswan_connection "$role" eap-tls-only "auth = eap-tls; $cert" \
            "auth = eap-tls; id = only@example.test; eap_id = %any"
        for method in md5 gtc; do
            strongswan_connection "$role" eap-$method "auth = pubkey; $cert" \
                "auth = eap-$method; id = $method@example.test; eap_id = %any"
        done
    else
        cert="certs = $cert.crt"
        strongswan_connection "$role" psk "auth = psk; id = $psk" "auth = psk; id = $gateway"
        strongswan_connection "$role" pubkey "$signs; $cert; id = $ID_CERT" "$signed; id = $gateway"
        strongswan_connection "$role" eap-mschapv2 "auth = eap-mschapv2; id = carol@example.test; eap_id = carol" \
            "auth = pubkey; id = $gateway"
        strongswan_connection "$role" eap-tls "auth = eap-tls; $cert; id = tls@example.test; eap_id = $ID_CERT" \
            "auth = pubkey; id = $gateway"
        strongswan_connection "$role" eap-tls-only "auth = eap-tls; $cert; id = only@example.test; eap_id = $ID_CERT" \
            "auth = eap-tls; id = $gateway"
        for method in md5 gtc; do
            strongswan_connection "$role" eap-$method "auth = eap-$method; id = $method@example.test; eap_id = carol" \
                "auth = pubkey; id = $gateway"
        done
    fi
    cat <<CONF
}
pools {
    inner {
        addrs = $POOL
        ${SS_DNS:+dns = $SS_DNS}
        ${SS_DNS:+subnet = $LAN_NET}
    }
}
secrets {
    ike-lab {
        secret = "${SS_PSK:-$PSK}"
    }
    eap-lab {
        secret = "${SS_EAP_PASSWORD:-lab-eap-password}"
        id = carol
    }
}
CONF
    [ -z "${SS_PPK:-}" ] ||
        printf 'secrets {\n    ppk-lab {\n        id = %s\n        secret = "%s"\n    }\n}\n' "$SS_PPK" "$PPK"
}
