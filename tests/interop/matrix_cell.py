"""A cell of the matrix: one IKE SA with one thing chosen, and what happens to it.

A step is a step of an `ikectl run` scenario, or one of
  PING               a few pings where the gateway has ESP that carries data
  "! WHAT"           something happens meanwhile, at the gateway or on the way: "rekey child", "rekey ike" (the peer
                     does it), "redirect" (the peer sends us on), "rebind" (of the NAT), "cross child", "cross ike" (both
                     rekey at once)
  "@ HOST"           the steps from here on are for this host: "us", or "other" where there is a second one of ours
Where the peer initiates (`acts` instead of `steps`) it is told, one after the other: up, ping, rekey child,
rekey ike, cross child, cross ike, move, and down in the end; our side is `ikectl serve` and has to agree each time.
"""
WIFI, CELL, CELL6 = "192.0.2.2", "198.51.100.2", "2001:db8:2::2"
GATEWAY, GATEWAY6 = "203.0.113.2", "2001:db8:3::2"
SECOND = "203.0.113.3"  # of ours, beside GATEWAY
PING = "PING"
POOL = "{addresses: 10.98.0.0/24, dns: 10.99.0.53}"
# EAP: connection of the lab's strongSwan: what the client calls itself first, its user name, our settings as client.
EAP = {
    "eap-mschapv2": ("carol@example.test", "carol", "method: mschapv2, password: lab-eap-password"),
    "eap-md5": ("md5@example.test", "carol", "method: md5, password: lab-eap-password"),
    "eap-gtc": ("gtc@example.test", "carol", "method: gtc, password: lab-eap-password"),
    "eap-tls": ("tls@example.test", "client@example.test", "method: tls"),
    "eap-tls-only": ("only@example.test", "client@example.test", "method: tls, only: yes"),
}


def saw(direction, response, *notifies, exchange="IKE_AUTH"):
    wanted = f"direction: {direction}, exchange: {exchange}, response: {response}, notifies: [{', '.join(notifies)}]"
    return f"expect: {{message: {{{wanted}}}}}"


class Cell:
    """`keys`: None (PSK) or a type of pki; `chain`: our certificate is a large one below two authorities; `own`: instead of
    gw or client; `peer`: settings of the gateway; `nat`: an uplink; `delay`: milliseconds each way; `data`: it counts only
    where ESP carries data; `eap`: a name in EAP; `second`: another responder of ours, "other", at this address; `crowd`:
    so many IKE SAs are left half-open before; `check`: is given what was Seen once all has passed, and says what is wrong with it; other arguments are keys of our profile."""

    def __init__(self, name, steps=(PING,), acts=None, keys=None, chain=False, peer=None, nat="none", delay=0,
                 data=False, begin="initiate: {within: 45s}", end="delete: us", openssl35=False, roams=False,
                 eap=None, own=None, second=None, crowd=0, check=None, **profile):
        self.name, self.steps, self.acts, self.keys, self.chain = name, steps, acts, keys, chain
        self.peer, self.nat, self.delay, self.data, self.begin, self.end = peer or {}, nat, delay, data, begin, end
        self.openssl35, self.roams, self.eap, self.profile = openssl35, roams, eap, profile
        self.own, self.second, self.crowd, self.check = own, second, crowd, check
        if keys:
            self.peer = {"SS_KEYTYPE": keys, **self.peer}

    def profile_for(self, gateway):
        """libreswan moves only where it was given its address, and who hands out addresses takes no other peers. It
        returns no COOKIE2, which one cell is about; the others do without."""
        if not self.roams or gateway.kind != "libreswan":
            return self.profile
        return {"pool": POOL, "ts_remote": "10.98.0.0/24", **self.profile,
                "mobike": "{return_routability: " + ("yes}" if "COOKIE2" in self.name else "no}")}

    @property
    def auth(self):
        return self.eap or ("pubkey" if self.keys else "psk")
