"""What is known of cells that do not pass: whose fault it is by the RFC, and what a gateway does not have."""

# (beginning of the gateway's name in small letters, beginning of the cell's name, part of the outcome, what is wrong)
THEIRS = [
    ("strongswan 5", "EAP-TLS with TLS 1.3", "EAP Success before",
     "its fault: EAP Success without the protected word of success, and keys of an older draft (RFC 9190 sections 2.3 "
     "and 2.5)"),
    ("strongswan 5", "EAP-TLS with TLS 1.3", "no child_established",
     "its fault: never answers the protected word of success (RFC 9190 section 2.5)"),
    ("strongswan 6.1", "EAP-GTC", "EAP Failure", "peer has none: Debian builds it without the backend that EAP-GTC asks"),
    ("libreswan", "MOBIKE: after the IKE SA was rekeyed", "cookie2_mismatch",
     "its fault: a rekeyed IKE SA has forgotten MOBIKE; the update is answered with nothing, without COOKIE2 "
     "(RFC 4555 section 3.7)"),
    ("libreswan", "MOBIKE: IPv4 to IPv6", "cookie2_mismatch",
     "its fault: an update to another family is answered with nothing, without COOKIE2 (RFC 4555 section 3.7)"),
    ("libreswan", "MOBIKE: three Child SAs", "cookie2_mismatch",
     "its fault: with several Child SAs an update is answered with nothing, without COOKIE2 (RFC 4555 section 3.7)"),
    ("libreswan", "MOBIKE: behind NAT", "pings",
     "its fault: it answers the update but its ESP does not go into UDP (RFC 4555 section 3.5)"),
    ("libreswan", "MOBIKE: the peer moves behind NAT", "pings",
     "its fault: it moves but its ESP does not go into UDP (RFC 4555 section 3.5)"),
    ("libreswan", "Child SA rekeyed by both at once", "children is 2",
     "its fault: it does not close its redundant Child SA, the one with the lowest nonce (RFC 7296 section 2.8.1)"),
    ("libreswan", "IKE SA rekeyed by both at once", "pings",
     "its fault, by the nonces: its Child SA goes with the redundant IKE SA, the one with the lowest nonce (RFC 7296 "
     "section 2.8.2)"),
    ("libreswan", "IKE SA rekeyed by both at once", "no ike_failed",
     "its fault, by the nonces: its Child SA goes with the redundant IKE SA, the one with the lowest nonce (RFC 7296 "
     "section 2.8.2)"),
    ("libreswan", "MOBIKE: COOKIE2", "moved",
     "its fault: it does not return our COOKIE2 (RFC 4555 sections 3.7 and 4.2.5)"),
    ("openiked", "RSA-4096 chains", "its issuer",
     "its fault: it sends its own certificate alone (RFC 7296 section 3.6)"),
    ("openiked", "RSA-4096 chains", "AUTHENTICATION_FAILED",
     "its fault: it ignores all CERT payloads but the first (RFC 7296 section 3.6)"),
    ("libreswan", "transport mode behind NAT", "ts_unacceptable",
     "its fault: it takes the selectors as they came, not with the addresses that it sees (RFC 7296 section 2.23.1)"),
    ("openiked", "transport mode behind NAT", "pings",
     "its fault: it takes the selectors as they came, not with the addresses that it sees (RFC 7296 section 2.23.1)"),
    ("openiked", "transport mode declined", "authentication_failed",
     "its fault: where transport mode is asked for and not its policy it refuses the IKE SA (RFC 7296 section 1.3.1)"),
    ("openiked", "MOBIKE: three Child SAs", "beyond the offer",
     "its fault: it answers with its own selectors, not narrowed to ours (RFC 7296 section 2.9)"),
    ("openiked", "three Child SAs", "beyond the offer",
     "its fault: it answers with its own selectors, not narrowed to ours (RFC 7296 section 2.9)"),
    ("openiked", "IPComp", "pings",
     "its fault: its policies on Linux have IPComp alone, without ESP (RFC 7296 section 2.22)"),
    ("strongswan 5", "redirected by us in IKE_AUTH", "no child_established",
     "its fault: it ends with a double free (RFC 5685 section 6)"),
    ("libreswan", "AUTH method", "'in': 'Digital Signature", "pass: it verifies ours, and signs by RFC 7427 itself"),
    ("openiked", "AUTH method", "'in': 'Digital Signature", "pass: it verifies ours, and signs by RFC 7427 itself"),
    ("libreswan", "RSA PKCS#1", "'in': 'Digital Signature, RSASSA-PSS", "pass: it verifies ours, and signs with PSS itself"),
    ("openiked", "RSA-PSS", "'in': 'Digital Signature, sha256With", "pass: it verifies ours, and signs with PKCS#1 itself"),
    ("libreswan", "CRL: we are revoked", "direction is out",
     "pass: it forgets the IKE SA without a word, as it may (RFC 7296 section 2.21.2)"),
    ("libreswan", "TFC padding by the peer", "[120] octets", "peer has none: it says TFC, and its ESP is as without"),
    ("openiked", "MOBIKE: ", "pings",
     "its fault: it answers the update but its kernel's SAs keep the old address (RFC 4555 section 3.5)"),
]

# (beginning of the gateway's name in small letters, part of the cell's name): what its manual says that it has not,
# or it has no command for.
NONE = [
    ("openiked", "rekeyed by both at once"),  # it rekeys by age alone
    ("openiked", "peer initiates: MOBIKE"),  # iked.conf(5): only as responder
    ("openiked", "Ed25519"),  # "unsupported key type"
    ("openiked", "PPK"),
    ("openiked", "childless"),
    ("openiked", "ADDKE1"),
    ("openiked", "ML-KEM"),
    ("libreswan", "ADDKE1"),  # since 5.0
    ("libreswan", "ML-KEM"),
    ("libreswan", "peer initiates: childless"),
    ("libreswan", "EAP"),  # since 5.0
    ("openiked", "EAP-MD5"),  # iked.conf(5): MSCHAP-V2 alone, and as responder alone
    ("openiked", "EAP-GTC"),
    ("openiked", "EAP-TLS"),
    ("openiked", "peer initiates: EAP"),
    ("libreswan", "Ed25519"),  # NSS of Debian 12
    ("strongswan", "redirected by the peer in IKE_"),  # only plugins of others redirect there
    ("libreswan", "no TFC padding by the peer"),  # it never pads
    ("openiked", "redirected"),
    ("openiked", "INVALID_KE_PAYLOAD from the peer, in a Child"),  # it goes on without a key exchange
    ("openiked", "COOKIE asked by the peer"),
    ("libreswan", "AUTH_LIFETIME from the peer"),
    ("openiked", "AUTH_LIFETIME"),
    ("strongswan", "NULL authentication"),
    ("openiked", "NULL authentication"),
    ("openiked", "TFC padding by the peer"),
    ("openiked", "no TFC padding"),
    ("strongswan", "no TFC padding by us"),  # its kernels all take it
    ("openiked", "Ed448"),
    ("libreswan", "Ed448"),
    ("strongswan 5", "ADDKE1"),  # since 6.0
    ("strongswan 5", "ML-KEM"),
    ("strongswan 6.0", "ML-KEM"),  # Debian's was built without
]

# Rows that show nothing where SA installation is stood in for.
ESP_ALONE = ("transport mode", "IPComp", "TFC padding", "three Child SAs")

# What ESP in strongSwan's own process lacks (kernel-libipsec: tunnel mode without IPComp, padding, ESN and GMAC, no route to its
# own address).
NOT_IN_USER_SPACE = ("transport mode", "IPComp", "TFC padding by the peer", "ESP aes256gcm16-esn", "ESP aes256gmac")


def explained(gateway, cell, value):
    for name, which, part, text in THEIRS:
        row = cell.removeprefix("peer initiates: ")
        if gateway.lower().startswith(name) and row.startswith(which) and part in value:
            return text
    return value


def lacks(gateway, cell):
    """What is known without trying; None: it has to be tried."""
    if gateway.kind == "openiked" and gateway.esp == "none" and "Child SA rekeyed by the peer" in cell.name:
        return "its kernel says when: see kernel ESP"
    if gateway.kind == "openiked" and "liveness from the peer" in cell.name:
        return "its minute of silence was not waited for"
    if gateway.esp == "user" and any(part in cell.name for part in NOT_IN_USER_SPACE):
        return "peer has none"
    return next(("peer has none" for name, part in NONE
                 if gateway.name.lower().startswith(name) and part in cell.name), None)
