// The identifiers of all findings, the weightiest first, with what to try and what says so.
#include "libike/diagnose/diagnosis.hpp"

namespace ike::diagnose {
namespace {

constexpr std::array entries = std::to_array<Entry>({
    // Nothing works before these do.
    {"udp4500-blocked", "RFC 7296 section 2.23",
     "Let UDP port 4500 through in both directions, on host firewalls too; where that is impossible, use TCP "
     "encapsulation (RFC "
     "9329)."},
    {"ip-fragments-dropped", "RFC 7383 section 1",
     "Turn on IKE fragmentation at both ends (fragmentation=yes), or let IP fragments through; smaller "
     "certificate chains help too."},
    {"ike-fragments-missing", "RFC 7383 section 2.6",
     "Lower the IKE fragment size (strongSwan: fragment_size, libreswan: fragmentation), and look for a "
     "firewall that limits bursts of "
     "UDP."},
    {"no-proposal-ike", "RFC 7296 section 2.7",
     "Give both ends one proposal in common: encryption, PRF, integrity and group must all be met by one and "
     "the same proposal."},
    {"invalid-ke-loop", "RFC 7296 section 1.3",
     "Configure one group that both ends have as the first of the initiator's proposal."},
    {"auth-certificate-expired", "RFC 5280 section 4.1.2.5",
     "Renew the certificate; when it is not expired by your calendar, set the clock of the end that refused "
     "it."},
    {"auth-unknown-ca", "RFC 7296 section 3.7",
     "Install the CA that issued the peer's certificate at the end that refused it, and have the peer send "
     "its intermediate certificates."},
    {"auth-id-mismatch", "RFC 7296 section 3.5",
     "Make the identity that each end sends the one that the other expects (type too: FQDN, e-mail, address, "
     "DN), and put it into the "
     "certificate's subject alternative names."},
    {"auth-eap", "RFC 3748 section 4.2",
     "Check user name and password at the authentication server, and that client and server have an EAP "
     "method in common."},
    {"auth-psk", "RFC 7296 section 2.15",
     "Compare the pre-shared secrets octet by octet (quotes, trailing spaces, encoding), and which secret "
     "each end chooses for this "
     "pair of identities."},
    {"auth-failed", "RFC 7296 section 2.21.2",
     "Read the responder's log for the reason, or give the keys of this IKE SA (--keys) to have the messages "
     "opened."},
    {"peer-lost-state", "RFC 7296 section 2.4",
     "Shorten dead peer detection so that the survivor notices sooner; find out why the peer restarted."},
    {"mobike-update-unanswered", "RFC 4555 section 3.5",
     "See whether the new path lets UDP 4500 through to the gateway and back, and whether the gateway still "
     "has the IKE SA."},
    {"mobike-addresses-refused", "RFC 4555 section 4.1.1",
     "Allow the new address in the gateway's configuration, or move to one that it accepts."},
    {"mobike-cookie2-missing", "RFC 4555 section 4.2.5",
     "Report it to the gateway's vendor: COOKIE2 must be returned unchanged. Turning off return routability "
     "hides it."},
    {"return-routability-failed", "RFC 4555 section 3.7",
     "See why IKE from the gateway does not get to the client's new address and back: a NAT or firewall "
     "there that "
     "knows the client's own packets only."},
    {"mobike-not-negotiated", "RFC 4555 section 3.1",
     "Turn MOBIKE on at both ends (mobike=yes); without it every change of address costs a new IKE SA."},
    {"mobike-child-left-behind", "RFC 4555 section 3.5",
     "Update the gateway: all Child SAs of the IKE SA must move. Until then rekey the Child SA left behind, "
     "or use one Child SA."},
    {"nat-mapping-stale", "RFC 7296 section 2.23",
     "Send NAT keepalives more often than the NAT forgets, let the client behind the NAT probe its mapping, "
     "and let the gateway follow "
     "authenticated ESP to its new port."},
    {"esp-on-old-path", "RFC 4555 section 3.5",
     "See why the kernel's SAs or policies were not migrated at the end that goes on sending on the old "
     "path."},
    {"control-dead-data-alive", "RFC 7296 section 2.4",
     "The peer's kernel goes on with ESP while its IKE daemon is silent: see whether it runs, and whether "
     "UDP 500 and 4500 get "
     "through to it."},
    {"esp-sequence-restarted", "RFC 4303 section 3.3.3",
     "A sender must make new SAs instead of beginning anew: look for a restart, a failover or a migration "
     "that lost the counter."},
    {"esp-not-processed", "RFC 4301 section 5.2",
     "At the receiver: look at the counters of SAs and policies (ip -s xfrm state; /proc/net/xfrm_stat), "
     "forwarding, routes, and whether "
     "the host behind answers."},
    {"esp-dropped-one-way", "RFC 4303 section 3.4",
     "Capture at the other end too: either the packets do not get there, or the answers do not get back."},
    {"path-black-hole", "RFC 4555 section 3.5",
     "Find where packets end (two captures locate it); let dead peer detection try other addresses sooner."},
    {"peer-dead", "RFC 7296 section 2.4",
     "See whether the peer runs; capture at its end to tell a dead peer from a dead path."},
    {"pmtu-black-hole", "RFC 8899 section 1.1",
     "Lower the tunnel's MTU or clamp the TCP MSS to what gets through, and let ICMP fragmentation-needed "
     "pass."},
    {"inner-mss-too-large", "RFC 9293 section 3.7.1",
     "Clamp the TCP MSS inside the tunnel to the path MTU less all headers."},
    {"no-proposal-child", "RFC 7296 section 2.7",
     "Give both ends one ESP proposal in common; compare perfect forward secrecy (a group in the proposal) "
     "at both ends first."},
    {"ts-unacceptable", "RFC 7296 section 2.9",
     "Make the networks that each end protects the mirror image of the other's, or let the responder "
     "narrow."},
    {"child-refused", "RFC 7296 section 1.3", "Read the responder's log for the reason of the refusal."},
    {"integrity-bad", "RFC 7296 section 3.14",
     "Something between the ends changes packets, somebody forges them, or an end uses other keys than it "
     "agreed on."},
    {"ike-error", "RFC 7296 section 3.10.1", "Read the log of the end that sent the error."},
    {"half-open-flood", "RFC 7296 section 2.6",
     "Let the responder ask for cookies early and limit half-open IKE SAs for each address; filter the "
     "sources."},
    {"esp-replay", "RFC 4303 section 3.4.3",
     "Keep the anti-replay window on; find who sends old packets again."},
    {"cookie-wrong", "RFC 7296 section 2.6",
     "The initiator must send the COOKIE back unchanged: look for what changes IKE_SA_INIT on the way, or "
     "for a "
     "responder cluster whose members do not share their secret; from a stranger it is a probe."},
    {"repeated-values", "RFC 7296 section 2.10",
     "Nonces and SPIs must be random: look at the random number generator of that end (cloned machines, "
     "embedded devices)."},
    {"keys-do-not-match", "RFC 7296 section 3.14",
     "Take the keys of this very IKE SA; the ICV is wrong with those given."},
    {"esp-loss", "RFC 4303 section 2.2",
     "Find the lossy hop; a capture at the other end tells in which direction and where."},
    {"slow-path", "RFC 7296 section 2.4",
     "Raise the retransmission timeout above the round trip, or choose a faster path."},
    {"ike-retransmissions", "RFC 7296 section 2.1",
     "Packets of this exchange were lost, or the peer was busy: a capture at the other end tells which."},
    {"reconnect-instead-of-move", "RFC 4555 section 3.1",
     "Turn MOBIKE on at both ends so that a change of address costs one round trip."},
    {"esp-duplicates", "RFC 4303 section 3.4.3",
     "Harmless to IPsec; look for a loop or a bonded link that doubles packets."},
    {"esp-reordered", "RFC 4303 section 3.4.3",
     "Widen the anti-replay window where packets come later than it is wide."},
    {"rekey-collision", "RFC 7296 section 2.8.1",
     "Give the two ends different rekey times, or let only one of them rekey."},
    {"roam", "RFC 4555 section 3.5", ""},
    {"moved-by-rekey", "RFC 7296 section 2.8", ""},
    {"icmp-unreachable", "RFC 7296 section 2.4", "Follow the router or host that sent the ICMP error."},
    {"weak-crypto", "RFC 8247 section 2, RFC 8221 section 5",
     "Agree on AES-GCM with a SHA-2 PRF and a group of 2048 bits or more, Curve25519 or ECP."},
    {"mobike-update-unproven", "RFC 4555 section 3.7",
     "Fine where clients are trusted not to claim the addresses of others; else turn on return routability "
     "checks "
     "at the gateway."},
    {"cookie-round-trip", "RFC 7296 section 2.6", ""},
    {"invalid-ke-round-trip", "RFC 7296 section 1.3",
     "Put the group that the responder wants first to save a round trip."},
    {"non-esp-marker-missing", "RFC 7296 section 2.23",
     "Report it to the sender's vendor: on port 4500 IKE begins with four zero octets, or it is taken for "
     "ESP."},
    {"ikev1", "RFC 9395 section 3", "IKEv1 is deprecated: move to IKEv2."},
    {"keys-missing", "RFC 7296 section 3.14",
     "Give keys with --keys to see more: names, causes and inner packets stay hidden without."},
    {"capture-starts-mid-session", "RFC 7296 section 1.2",
     "What was agreed before the capture began is not known here; begin capturing before the tunnel comes "
     "up."},
    {"capture-one-sided", "RFC 7296 section 2.3",
     "Capture where both directions pass (asymmetric routing, or a switch's mirror port)."},
    {"capture-doubled", "", "Capture on one interface instead of all."},
    {"capture-incomplete", "", "Use a larger buffer (tcpdump -B) or a shorter snap length."},
    {"captures-unrelated", "", "The two captures must hold the same packets, seen from both ends."},
    {"two-ends", "", ""},
});

}  // namespace

std::span<const Entry> catalogue() { return entries; }

}  // namespace ike::diagnose
