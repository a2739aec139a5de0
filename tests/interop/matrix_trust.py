"""Rows about signatures by every method, and about revocation."""
from matrix_cell import PING, Cell, saw

CLASSIC = "signature_authentication = no"
METHODS = [
    ("AUTH method 1: RSA with SHA-1", "rsa", "RSA Digital Signature", {"LSW_AUTHBY": "rsa-sha1", "IKED_SIGN": "rsa"}),
    ("AUTH method 9: ECDSA P-256", "ecdsa", "ECDSA with SHA-256 on the P-256 curve", {"IKED_SIGN": "ecdsa256"}),
    ("AUTH method 10: ECDSA P-384", "ecdsa384", "ECDSA with SHA-384 on the P-384 curve", {"IKED_SIGN": "ecdsa384"}),
    ("AUTH method 11: ECDSA P-521", "ecdsa521", "ECDSA with SHA-512 on the P-521 curve", {"IKED_SIGN": "ecdsa521"}),
]


def proofs(seen):
    """How each side signed: {"in": method, "out": method}, of RFC 7427 with its algorithm."""
    return {message["direction"]: payload["method"] + (f", {payload['signature']}" if "signature" in payload else "")
            for message in seen.events for payload in message.get("payloads", []) if payload.get("type") == "AUTH"}


def both_sign(how):
    def check(seen):
        found = proofs(seen)
        return "" if found == {"in": how, "out": how} else f"AUTH was {found}"
    return check


def signatures(name=""):
    """Both sides sign in the one way that the row names."""
    def row(title, keys, how, peer, **profile):
        act = {"acts": ("! up", PING)} if name else {"steps": (PING,)}
        return Cell(name + title, keys=keys, peer=peer, check=both_sign(how), **act, **profile)
    for title, keys, how, peer in METHODS:
        yield row(title, keys, how, {"SS_CHARON": CLASSIC, **peer}, signature="classic")
    digital = "Digital Signature"
    yield row("RSA-PSS with SHA-2 (RFC 7427)", "rsa", f"{digital}, RSASSA-PSS",
              {"SS_SIGNATURE": "rsa/pss-sha256", "LSW_AUTHBY": "rsa-sha2"}, signature="rsa-pss")
    yield row("RSA PKCS#1 with SHA-2 (RFC 7427)", "rsa", f"{digital}, sha256WithRSAEncryption",
              {"SS_SIGNATURE": "rsa-sha256"}, signature="rsa-pkcs1")
    yield row("Ed448 certificates", "ed448", f"{digital}, Ed448", {})


def names_revocation(seen):
    said = [event.get("detail", "") for event in seen.events if event["event"] == "ike_failed"]
    return "" if any("revoked" in each for each in said) else f"not for being revoked: {said}"


def revocation(name=""):
    """With a list that the peer's or OpenSSL's tools made: who is on it is refused, by us and by the peer."""
    strict = {"SS_CRL": "yes", "SS_REVOCATION": "strict"}
    theirs, own = ("client-revoked", "gw-revoked") if name else ("gw-revoked", "client-revoked")

    def refused(failure):
        wrong = f"expect: {{event: ike_failed, within: 15s, with: {{failure: {failure}}}}}"
        return {"acts": ("! up refused", wrong)} if name else {"steps": (wrong,), "begin": "initiate: {wait: no}", "end": None}
    for keys, maker in (("ecdsa", ""), ("rsa", ", OpenSSL's list")):
        ours = {"keys": keys, "crl": f"PKI-{keys}/ca.crl", "revocation": "required"}
        act = {"acts": ("! up", PING)} if name else {"steps": (PING,)}
        yield Cell(f"{name}CRL: nobody is revoked{maker}", peer=strict, **act, **ours)
        yield Cell(f"{name}CRL: the peer is revoked, refused by us{maker}", peer={**strict, "SS_CERT": theirs},
                   check=names_revocation, **refused("peer_not_authenticated"), **ours)
        told = saw("in", "no", "AUTHENTICATION_FAILED", exchange="INFORMATIONAL")  # our AUTH is the last: RFC 7296 section 2.21.2
        act = {"acts": ("! up refused", told)} if name else refused("authentication_failed")
        yield Cell(f"{name}CRL: we are revoked, refused by the peer{maker}", own=own, peer=strict, **act, **ours)
