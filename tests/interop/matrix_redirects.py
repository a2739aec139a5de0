"""Rows about redirects (RFC 5685). Who is redirected goes to another responder of ours, which has a host of its own."""
from matrix_cell import CELL, GATEWAY, PING, SECOND, WIFI, Cell, saw

TO_OTHER = {"LSW_CONN": f"send-redirect=yes;redirect-to={CELL}"}
ALL_TO_OTHER = {"LSW_SETUP": f"global-redirect=yes;global-redirect-to={CELL}"}
FOLLOWS = {"LSW_CONN": "accept-redirect=yes"}
ARRIVED = (f"expect: {{status: {{redirected_from: {GATEWAY}}}}}", "expect: {host: other, status: {children: 1}, within: 10s}")
FROM_US = saw("in", "no", "REDIRECTED_FROM", exchange="IKE_SA_INIT")
# RFC 5685 section 6: an IPv4 address of four octets.
REDIRECT = f"{{notify: REDIRECT, data: 0104{''.join(f'{int(octet):02x}' for octet in SECOND.split('.'))}}}"


def redirects():
    """It redirects us."""
    settings = {"second": CELL, "local": WIFI}
    yield Cell("redirected by the peer in IKE_SA_INIT (RFC 5685)", (*ARRIVED, PING), peer=ALL_TO_OTHER, **settings)
    yield Cell("redirected by the peer in IKE_AUTH (RFC 5685)", (*ARRIVED, PING), peer=TO_OTHER, **settings)
    yield Cell("redirected by the peer once the IKE SA stands (RFC 5685)", (PING, "! redirect", *ARRIVED, PING), **settings)


def redirects_of_ours():
    """We redirect it."""
    name, settings = "peer initiates: ", {"second": SECOND, "peer": FOLLOWS}
    for exchange, where in (("IKE_SA_INIT", "init"), ("IKE_AUTH", "auth")):
        yield Cell(f"{name}redirected by us in {exchange} (RFC 5685)", acts=("@ other", "! up", FROM_US, PING),
                   redirect_to=SECOND, redirect_in=where, **settings)
    yield Cell(name + "redirected by us once the IKE SA stands (RFC 5685)",
               acts=("! up", PING, f"send: {{payloads: [{REDIRECT}]}}", "@ other",
                     "expect: {event: child_established, within: 30s}", FROM_US, PING), **settings)
