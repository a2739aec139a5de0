"""The rows of the matrix."""
from matrix_cell import CELL, CELL6, EAP, GATEWAY, GATEWAY6, PING, POOL, WIFI, Cell, saw
from matrix_gateways import AEAD, CIPHERS, GROUPS, INTEGRITY
from matrix_redirects import redirects, redirects_of_ours
from matrix_trust import revocation, signatures

PRFS = {"aesxcbc": "prfaesxcbc", "aescmac": "prfaescmac"}
MOVE, BACK = f"move: {{local: {CELL}}}", f"move: {{local: {WIFI}}}"
TO_IPV6 = f"move: {{local: '{CELL6}', remote: '{GATEWAY6}'}}"
REKEY_CHILD, REKEY_IKE = "rekey: {what: child}", "rekey: {what: ike}"
ONE_OF_EACH = "expect: {status: {ike_sas: 1, children: 1}, within: 10s}"
LONG = {"SS_KEYTYPE": "rsa", "SS_CERT": "gw-long", "SS_CHAIN": "middle-1 middle-2", "IKED_FRAG": "yes"}
CHILD_AGE, IKE_AGE = {"IKED_LIFETIMES": "lifetime 10"}, {"IKED_LIFETIMES": "ikelifetime 8"}
INIT = "IKE_SA_INIT"
# A second IKE SA has taken the place of the first.
ANEW = ("expect: {event: ike_established, within: 40s}", ONE_OF_EACH, PING)
NULL_AUTH = {"null_authentication": "yes", "accept_null": "yes", "psk": None, "id": "%null",
             "remote_id": "%null"}
NARROW = [{"name": name, "ts_local": "10.97.0.2/32", "ts_remote": remote}
          for name, remote in (("dns", "10.99.0.0/24[udp/53]"), ("ping", "10.99.0.0/24[icmp]"), ("web", "10.99.0.0/24[tcp/80]"))]
ROAMER = {"LSW_ROAMER": "yes"}
PPK = "{id: ppk@example.test, secret: lab-post-quantum-key, required: yes}"
ADDKE, ADDKE_CHILD = "aes256gcm16-prfsha256-ecp256-ke1_x25519", "aes256gcm16-x25519-ke1_ecp256"
FOLLOWED = "expect: {message: {direction: in, exchange: IKE_FOLLOWUP_KE, response: yes}}"
FOLLOWING = "expect: {message: {direction: in, exchange: IKE_FOLLOWUP_KE, response: no}}"
MLKEM = "aes256gcm16-prfsha256-x25519-ke1_mlkem768"
TRANSPORT = {"SS_NET": "dynamic", "SS_TS": "dynamic", "SS_CHILD_SETTINGS": "mode = transport", "LSW_TYPE": "transport",
             "IKED_MODE": "transport", "IKED_AUTH": "psk"}
PADS = {"SS_CHILD_SETTINGS": "tfc_padding = 1000", "LSW_CONN": "tfc=1000"}
IPCOMP = {"SS_CHILD_SETTINGS": "ipcomp = yes", "LSW_COMPRESS": "yes", "IKED_MODE": "ipcomp", "IKED_AUTH": "psk"}
IS_TRANSPORT = "expect: {status: {child_sas.0.mode: transport}, within: 10s}"
# Everything crosses an ocean, so that what both begin at about the same time meets on the way.
SLOW_PATH = {"timers": "{retransmit_initial: 4s}"}


def basics():
    yield Cell("PSK", data=True)
    yield Cell("ECDSA certificates", keys="ecdsa", data=True)
    yield Cell("RSA certificates", keys="rsa")
    yield Cell("Ed25519 certificates", keys="ed25519")
    yield Cell("RSA-4096 chains of both in IKE fragments", keys="rsa", chain=True, peer=LONG)
    yield Cell("Child SA rekeyed by us", (PING, REKEY_CHILD, PING), data=True)
    yield Cell("IKE SA rekeyed by us", (PING, REKEY_IKE, PING, REKEY_CHILD, PING), data=True)
    yield Cell("Child SA rekeyed by the peer", (PING, "! rekey child", PING), peer=CHILD_AGE, data=True)
    yield Cell("IKE SA rekeyed by the peer", (PING, "! rekey ike", PING, REKEY_CHILD, PING), peer=IKE_AGE, data=True)
    yield Cell("Child SA rekeyed by both at once", (PING, "! cross child", ONE_OF_EACH, PING), delay=400, data=True,
               **SLOW_PATH)
    yield Cell("IKE SA rekeyed by both at once", (PING, "! cross ike", ONE_OF_EACH, PING), delay=400, data=True,
               **SLOW_PATH)
    yield Cell("liveness", ("liveness: us",))


def mobike():
    yield Cell("MOBIKE: to the other uplink and back, COOKIE2 returned",
               (PING, MOVE, "expect: {event: moved, with: {cookie2_returned: yes}}", PING, BACK, PING), data=True)
    yield Cell("MOBIKE: behind NAT and back", (PING, MOVE, PING, BACK, PING), nat="cell", data=True)
    yield Cell("MOBIKE: the NAT takes another port", (PING, "! rebind", PING), nat="wifi", data=True,
               timers="{liveness: 2s}")
    yield Cell("MOBIKE: after the IKE SA was rekeyed", (REKEY_IKE, "wait: 500ms", MOVE, PING), data=True)
    yield Cell("MOBIKE: rekeys of both kinds after a move", (PING, MOVE, PING, REKEY_CHILD, PING, REKEY_IKE, PING), data=True)
    yield Cell("MOBIKE: three Child SAs move together",
               ("expect: {status: {children: 3}, within: 20s}", PING, MOVE, PING, "expect: {status: {children: 3}}"),
               children=NARROW, data=True, ts_local=None, ts_remote=None)
    yield Cell("MOBIKE: IPv4 to IPv6", (PING, TO_IPV6, PING), data=True)


def negotiation():
    yield Cell("narrowing of what we ask for", (PING, "expect: {status: {child_sas.0.ts_remote: [10.99.0.0/24]}}"),
               ts_remote="0.0.0.0/0")
    yield Cell("TS_UNACCEPTABLE for what it does not have",
               ("expect: {event: child_failed, within: 30s, with: {notify: TS_UNACCEPTABLE}}",),
               begin="initiate: {wait: no}", end=None, ts_remote="10.55.0.0/24")
    yield Cell("INVALID_KE_PAYLOAD from the peer, in IKE_SA_INIT", (saw("in", "yes", "INVALID_KE_PAYLOAD", exchange=INIT), PING),
               peer={"SS_IKE": "aes256-sha256-ecp256", "LSW_CONN": "ike=aes256-sha2_256-dh19"},
               ike_proposals="aes256-sha256-x25519-ecp256")
    yield Cell("INVALID_KE_PAYLOAD from the peer, in a Child SA's rekey",
               (PING, REKEY_CHILD, saw("in", "yes", "INVALID_KE_PAYLOAD", exchange="CREATE_CHILD_SA"), PING),
               peer={"SS_CHILD": "aes256-sha512-ecp256", "LSW_CONN": "esp=aes256-sha2_512-dh19", "LSW_PFS": "yes"},
               esp_proposals="aes256-sha512-x25519-ecp256")
    yield Cell("COOKIE asked by the peer", (saw("in", "yes", "COOKIE", exchange=INIT), saw("out", "no", "COOKIE", exchange=INIT), PING),
               peer={"SS_CHARON": "cookie_threshold = 1", "LSW_SETUP": "ddos-mode=busy"}, crowd=2)
    yield Cell("address and DNS from the gateway",
               ("expect: {event: ike_established, with: {inner_addresses.0: '!= none'}}", PING),
               peer={"SS_POOL": "yes", "SS_DNS": "10.99.0.53"}, request_addresses="ipv4", ts_local="0.0.0.0/0")


def children():
    """What a Child SA may be beside plain tunnel mode."""
    yield Cell("three Child SAs with narrow selectors",
               ("expect: {status: {children: 3}, within: 20s}", PING, "expect: {status: {child_sas.1.packets_in: '>= 1'}}",
                REKEY_CHILD, PING), children=NARROW, data=True, ts_local=None, ts_remote=None)
    wide = {"ts_local": "0.0.0.0/0", "ts_remote": "0.0.0.0/0"}
    to_gateway = f"ping: {{to: {GATEWAY}, count: 5, interval: 100ms, may_lose: 2}}"
    yield Cell("transport mode", (IS_TRANSPORT, to_gateway, REKEY_CHILD, to_gateway),
               peer=TRANSPORT, data=True, mode="transport-only", **wide)
    yield Cell("transport mode behind NAT", (IS_TRANSPORT, to_gateway),
               peer=TRANSPORT, nat="wifi", data=True, mode="transport-only",
               **wide)
    yield Cell("transport mode declined: tunnel mode", ("expect: {status: {child_sas.0.mode: tunnel}}",),
               peer={"SS_NET": f"{GATEWAY}/32", "LSW_CLIENT_NET": f"{WIFI}/32",
                     "IKED_CLIENT_NET": f"{WIFI}/32"}, data=True, mode="transport", **wide)
    dull = "ping: {to: 10.99.0.2, size: 1000, count: 5, interval: 100ms, may_lose: 2}"
    yield Cell("IPComp", ("expect: {status: {child_sas.0.ipcomp: yes}}", dull,
                          "expect: {status: {child_sas.0.compressed_out: '>= 1', child_sas.0.decompressed_in: '>= 1'}}"),
               peer=IPCOMP, data=True, child="{ipcomp: yes}")
    yield Cell("TFC padding", (PING,), data=True, child="{tfc_size: 1000}",
               check=lambda seen: padding(seen, WIFI, wanted=True))
    yield Cell("TFC padding by the peer", (PING,), data=True, peer=PADS,
               check=lambda seen: padding(seen, GATEWAY, wanted=True))
    yield Cell("no TFC padding by the peer, which we asked for (ESP_TFC_PADDING_NOT_SUPPORTED)", (PING,), data=True, peer=PADS,
               child="{accept_tfc: no}", check=lambda seen: padding(seen, GATEWAY, wanted=False))
    yield Cell("no TFC padding by us, which the peer asked for (ESP_TFC_PADDING_NOT_SUPPORTED)",
               (saw("in", "yes", "ESP_TFC_PADDING_NOT_SUPPORTED"), PING), data=True, peer={"LSW_CONN": "send-no-esp-tfc=yes"},
               child="{tfc_size: 1000}", check=lambda seen: padding(seen, WIFI, wanted=False))


def padding(seen, source, wanted):
    """Pings of 84 octets are to be padded to 1000, or not to be padded."""
    lengths = seen.esp_lengths(source)
    right = lengths and (min(lengths) >= 1000 if wanted else max(lengths) < 200)
    return "" if right else f"its ESP is of {sorted(set(lengths))} octets"


def authentication_again():
    yield Cell("reauthentication by us", (PING, *ANEW), timers="{reauthentication: 6s}")
    yield Cell("AUTH_LIFETIME from the peer (RFC 4478): we reauthenticate", (saw("in", "yes", "AUTH_LIFETIME"), PING, *ANEW),
               peer={"SS_CONNECTION": "reauth_time = 12s; rand_time = 0s; over_time = 6s"}, keys="ecdsa", eap="eap-mschapv2")
    yield Cell("NULL authentication (RFC 7619)", (PING,), peer={"LSW_NULL": "yes"}, **NULL_AUTH)


def extensions():
    yield Cell("childless (RFC 6023)",
               ("expect: {event: ike_established, within: 45s}", "expect: {status: {children: 0}}", "create_child: us",
                PING), begin="initiate: {wait: no}", childless="ask")
    yield Cell("PPK (RFC 8784)", (saw("out", "no", "PPK_IDENTITY"), saw("in", "yes", "PPK_IDENTITY"), PING),
               peer={"SS_PPK": "ppk@example.test"}, ppk=PPK)
    yield Cell("ADDKE1 in IKE_INTERMEDIATE (RFC 9242, 9370)",
               ("expect: {message: {direction: in, exchange: IKE_INTERMEDIATE, response: yes}}", PING),
               peer={"SS_IKE": ADDKE}, ike_proposals=ADDKE)
    yield Cell("ADDKE1 when a Child SA is rekeyed, IKE_FOLLOWUP_KE (RFC 9370)",
               (PING, REKEY_CHILD, FOLLOWED, PING), peer={"SS_CHILD": ADDKE_CHILD}, esp_proposals=ADDKE_CHILD)
    yield Cell("ADDKE1 when the IKE SA is rekeyed, IKE_FOLLOWUP_KE (RFC 9370)",
               (PING, REKEY_IKE, FOLLOWED, PING), peer={"SS_IKE": ADDKE}, ike_proposals=ADDKE)
    yield Cell("ML-KEM-768 beside X25519 (RFC 9370)",
               ("expect: {message: {direction: in, exchange: IKE_INTERMEDIATE, response: yes}}", PING, REKEY_IKE, PING),
               peer={"SS_IKE": MLKEM}, ike_proposals=MLKEM, openssl35=True)


def eap():
    """As client, and the peer as client of ours."""
    rows = [("EAP-MSCHAPv2", "eap-mschapv2", {"IKED_AUTH": "eap-mschapv2"}), ("EAP-MD5", "eap-md5", {}),
            ("EAP-GTC", "eap-gtc", {}), ("EAP-TLS with TLS 1.2", "eap-tls", {"SS_TLS": "1.2"}),
            ("EAP-TLS with TLS 1.3", "eap-tls", {"SS_TLS": "1.3"}),
            ("EAP alone, EAP-TLS (RFC 5998)", "eap-tls-only", {})]
    for title, name, peer in rows:
        user = EAP[name][1]
        yield Cell(title, (f"expect: {{status: {{eap_identity: {user}}}}}", PING), keys="ecdsa", eap=name, peer=peer)
    for title, name, peer in rows:
        user = EAP[name][1]
        yield Cell(f"peer initiates: {title}", acts=("! up", f"expect: {{status: {{remote_id: {user}}}}}", PING), keys="ecdsa",
                   eap=name, peer={key: value for key, value in peer.items() if key != "IKED_AUTH"})


def answering():
    """The peer as initiator."""
    name = "peer initiates: "
    yield Cell(name + "PSK", acts=("! up", PING), data=True)
    for keys, title in (("ecdsa", "ECDSA"), ("rsa", "RSA"), ("ed25519", "Ed25519")):
        yield Cell(f"{name}{title} certificates", acts=("! up", PING), keys=keys)
    yield Cell(name + "RSA-4096 chains of both in IKE fragments", acts=("! up", PING), keys="rsa", chain=True,
               peer={**LONG, "SS_CERT": "client-long"})
    yield Cell(name + "Child SA rekeyed by the peer", acts=("! up", PING, "! rekey child", PING), peer=CHILD_AGE,
               data=True)
    yield Cell(name + "IKE SA rekeyed by the peer", acts=("! up", PING, "! rekey ike", PING), peer=IKE_AGE, data=True)
    yield Cell(name + "Child SA rekeyed by us", acts=("! up", PING, REKEY_CHILD, PING), data=True)
    yield Cell(name + "IKE SA rekeyed by us", acts=("! up", PING, REKEY_IKE, PING, REKEY_CHILD, PING), data=True)
    settled = ("! up", "wait: 2s", PING)  # it has the Child SA as well
    yield Cell(name + "Child SA rekeyed by both at once", acts=(*settled, "! cross child", ONE_OF_EACH, PING),
               delay=400, data=True, **SLOW_PATH)
    yield Cell(name + "IKE SA rekeyed by both at once", acts=(*settled, "! cross ike", ONE_OF_EACH, PING), delay=400,
               data=True, **SLOW_PATH)
    yield Cell(name + "liveness from us", acts=("! up", "liveness: us"))
    yield Cell(name + "liveness from the peer",
               acts=("! up", "wait: 3s", "expect: {message: {direction: in, exchange: INFORMATIONAL, response: no}}"),
               peer={"SS_DPD": "2s"})
    yield Cell(name + "MOBIKE: the peer moves", acts=("! up", PING, "! move", PING), peer=ROAMER, data=True, roams=True)
    yield Cell(name + "MOBIKE: the peer moves behind NAT", acts=("! up", PING, "! move", PING), nat="cell", peer=ROAMER,
               data=True, roams=True)
    yield Cell(name + "MOBIKE: COOKIE2, theirs returned by us and ours by them",
               acts=("! up", "! move",
                     "expect: {message: {direction: in, exchange: INFORMATIONAL, response: no, notifies: "
                     "[UPDATE_SA_ADDRESSES, COOKIE2]}}",
                     "expect: {message: {direction: out, exchange: INFORMATIONAL, response: yes, notifies: [COOKIE2]}}",
                     "expect: {message: {direction: in, exchange: INFORMATIONAL, response: yes, notifies: [COOKIE2]}}"),
               peer=ROAMER, data=True, roams=True)
    yield Cell(name + "address and DNS from us", acts=("! up", "expect: {status: {inner_addresses: [10.98.0.1]}}",
               "expect: {message: {direction: out, exchange: IKE_AUTH, payloads: [CP]}}"),
               peer={"SS_VIP": "yes", "SS_TS": "dynamic"}, pool=POOL, ts_remote="10.98.0.0/24")
    yield Cell(name + "narrowing of what it asks for",
               acts=("! up", "expect: {status: {child_sas.0.ts_local: [10.99.0.0/24]}}", PING),
               peer={"SS_NET": "0.0.0.0/0"})
    yield Cell(name + "TS_UNACCEPTABLE for what we do not have",
               acts=("! up refused", saw("out", "yes", "TS_UNACCEPTABLE")), peer={"SS_NET": "10.55.0.0/24"})
    yield Cell(name + "COOKIE asked by us", acts=("! up", saw("out", "yes", "COOKIE", exchange=INIT),
               saw("in", "no", "COOKIE", exchange=INIT), PING), crowd=70)
    yield Cell(name + "AUTH_LIFETIME from us (RFC 4478): it reauthenticates",
               acts=("! up", saw("out", "yes", "AUTH_LIFETIME"), PING, *ANEW), timers="{auth_lifetime: 12s}",
               peer={"SS_CONNECTION": "over_time = 4s; rand_time = 0s"})
    yield Cell(name + "NULL authentication (RFC 7619)", acts=("! up", PING), peer={"LSW_NULL": "yes"}, **NULL_AUTH)
    yield Cell(name + "childless (RFC 6023)",
               acts=("! up", "expect: {message: {direction: in, exchange: CREATE_CHILD_SA, response: no}}", PING),
               peer={"SS_CONNECTION": "childless = force"})
    yield Cell(name + "PPK (RFC 8784)", acts=("! up", saw("in", "no", "PPK_IDENTITY"), PING),
               peer={"SS_PPK": "ppk@example.test"}, ppk=PPK)
    yield Cell(name + "ADDKE1 in IKE_INTERMEDIATE (RFC 9242, 9370)",
               acts=("! up", "expect: {message: {direction: in, exchange: IKE_INTERMEDIATE, response: no}}", PING),
               peer={"SS_IKE": ADDKE}, ike_proposals=ADDKE)
    yield Cell(name + "ADDKE1 when the Child SA is rekeyed, IKE_FOLLOWUP_KE (RFC 9370)",
               acts=("! up", PING, "! rekey child", FOLLOWING, PING), peer={"SS_CHILD": ADDKE_CHILD},
               esp_proposals=ADDKE_CHILD)
    yield Cell(name + "ADDKE1 when the IKE SA is rekeyed, IKE_FOLLOWUP_KE (RFC 9370)",
               acts=("! up", PING, "! rekey ike", FOLLOWING, PING), peer={"SS_IKE": ADDKE}, ike_proposals=ADDKE)
    yield Cell(name + "ML-KEM-768 beside X25519 (RFC 9370)",
               acts=("! up", "expect: {message: {direction: in, exchange: IKE_INTERMEDIATE, response: no}}", PING,
                     REKEY_IKE, PING), peer={"SS_IKE": MLKEM}, ike_proposals=MLKEM, openssl35=True)


def answering_children():
    name, wide = "peer initiates: ", {"ts_local": "0.0.0.0/0", "ts_remote": "0.0.0.0/0"}
    yield Cell(name + "transport mode", acts=("! up", IS_TRANSPORT, PING, REKEY_CHILD, IS_TRANSPORT, PING), peer=TRANSPORT,
               data=True, mode="transport-only", **wide)
    yield Cell(name + "IPComp", acts=("! up", "expect: {status: {child_sas.0.ipcomp: yes}, within: 10s}", PING), peer=IPCOMP,
               data=True, child="{ipcomp: yes}")


def rare_suites(name="", **act):
    """Extended sequence numbers, and what does not encrypt (RFC 8221)."""
    for text, lsw in (("aes256gcm16-esn", "esp=aes_gcm256;esn=yes"), ("aes256gmac", "esp=null_auth_aes_gmac256"),
                      ("null-sha256", "esp=null-sha2_256")):
        yield Cell(f"{name}ESP {text}", data=True, peer={"SS_CHILD": text, "LSW_CONN": lsw}, esp_proposals=text, **act)


def suites():
    """(name, profile)"""
    for cipher in AEAD:
        yield f"IKE {cipher}", {"ike_proposals": f"{cipher}-prfsha256-x25519"}
        yield f"ESP {cipher}", {"esp_proposals": cipher}
    for cipher in CIPHERS:
        yield f"IKE {cipher}", {"ike_proposals": f"{cipher}-sha256-ecp256"}
        yield f"ESP {cipher}", {"esp_proposals": f"{cipher}-sha256"}
    for check in INTEGRITY:
        yield f"IKE integrity and PRF {check}", {
            "ike_proposals": f"aes256-{check}-{PRFS.get(check, 'prf' + check)}-ecp256"}
        yield f"ESP integrity {check}", {"esp_proposals": f"aes256-{check}"}
    for group in GROUPS:
        # An emulated machine takes its time for the large ones.
        yield f"group {group}", {"ike_proposals": f"aes256gcm16-prfsha256-{group}",
                                 "timers": "{retransmit_attempts: 9}"}


def cells():
    yield from basics()
    yield from signatures()
    yield from revocation()
    yield from mobike()
    yield from negotiation()
    yield from children()
    yield from authentication_again()
    yield from extensions()
    yield from redirects()
    yield from eap()
    yield from rare_suites()
    for name, profile in suites():
        yield Cell(name, data=name.startswith("ESP"), begin="initiate: {within: 120s}", **profile)
    yield from answering()
    yield from signatures("peer initiates: ")
    yield from revocation("peer initiates: ")
    yield from redirects_of_ours()
    yield from answering_children()
    yield from rare_suites("peer initiates: ", acts=("! up", PING))
    for name, profile in suites():
        yield Cell(f"peer initiates: {name}", acts=("! up", PING), data=name.startswith("ESP"), **profile)
