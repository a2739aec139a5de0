#!/usr/bin/env python3
"""What goes wrong ends at once, or by its stated time, with one line that says what to do.

usage: ikectl_refusal_test.py TOOLS-FOLDER CASE
"""
import os
import shutil
import socket

from live import Skip, good, main, nobody, refused


def case_unknown_flag(bench):
    outcome = bench.run("ikectl", "connect", "127.0.0.1", "--no-such-flag")
    assert outcome.returncode == 2 and "--no-such-flag" in outcome.stderr, outcome.stderr


def case_no_subcommand(bench):
    assert bench.run("ikectl").returncode == 2


def case_missing_secret_file(bench):
    refused(bench.run("ikectl", "connect", "127.0.0.1", "--id", "me", "--psk-file", "nowhere"), 3,
            r"^ikectl: --psk-file: .*nowhere: No such file", "; check the file's name")


def case_no_credentials(bench):
    refused(bench.run("ikectl", "connect", "127.0.0.1", "--id", "me"), 3, "no credentials", "--psk-file")


def case_no_gateway(bench):
    refused(bench.run("ikectl", "connect", "--id", "me", "--psk-file", "psk"), 3, "no gateway", "--peer")


def case_unknown_name(bench):
    refused(bench.run("ikectl", "connect", "gw.invalid", "--id", "me", "--psk-file", "psk"), 3, "gw.invalid", "give an address")


def case_foreign_local_address(bench):
    refused(bench.run("ikectl", "connect", "127.0.0.1", "--local", "192.0.2.77", "--id", "me", "--psk-file", "psk"), 3,
            "192.0.2.77", "no address of this machine")


def case_missing_profile(bench):
    refused(bench.run("ikectl", "connect", "--peer", "none.yaml"), 3, "none.yaml: No such file")


def profile_refused(bench, text, *patterns):
    bench.write("p.yaml", text)
    refused(bench.run("ikectl", "connect", "--peer", "p.yaml"), 3, *patterns)


def case_profile_with_an_unknown_key(bench):
    profile_refused(bench, "gateway: 127.0.0.1\nid: me\npks: x\n", r"p\.yaml:3: pks: no such key", "did you mean psk")


def case_profile_with_a_wrong_type(bench):
    profile_refused(bench, "gateway: 127.0.0.1\nid: [a, b]\n", r"p\.yaml:2: id: wants one text, not a list")


def case_profile_with_a_bad_port(bench):
    profile_refused(bench, "gateway: 127.0.0.1\nport: 70000\n", r"p\.yaml:2: port: .*0 to 65535")


def case_profile_with_a_bad_time(bench):
    profile_refused(bench, "gateway: 127.0.0.1\ntimers:\n  liveness: soon\n", r"p\.yaml:3: liveness: .*no time", "30s")


def case_profile_with_a_bad_proposal(bench):
    profile_refused(bench, "gateway: 127.0.0.1\nid: me\npsk: x\nike_proposals: aes257-sha256-x25519\n",
                    r"p\.yaml:4: ike_proposals: .*aes257")


def case_profile_that_is_no_yaml(bench):
    profile_refused(bench, "gateway: [127.0.0.1\nid: me\n", r"p\.yaml:\d+: not YAML")


def case_profile_with_a_key_twice(bench):
    profile_refused(bench, "gateway: 127.0.0.1\nid: me\nid: you\n", r"p\.yaml:\d+: id: given twice")


def case_wrong_secret(bench):
    gateway = bench.serve()
    bench.write("psk", "another secret\n")
    refused(bench.connect(gateway, "--once"), 1, "authentication_failed", "--psk-file")
    bench.wait_for(gateway, "peer_not_authenticated")


def case_wrong_identity_of_the_gateway(bench):
    gateway = bench.serve()
    refused(bench.connect(gateway, "--once", "--remote-id", "other.example"), 1, "authent", "--remote-id|--id")


def with_certificates(bench, *arguments, days="30"):
    for name in ("ca", "stranger"):
        bench.authority(name)
    bench.certificate("gw", "ca", "gw.example", days=days)
    bench.certificate("me", "ca", "me.example")
    gateway = bench.serve("--cert", "gw.pem", "--key", "gw.key", "--ca", "ca.pem", identity=None, secret=False)
    return bench.connect(gateway, "--once", "--cert", "me.pem", "--key", "me.key", *arguments, secret=False)


def case_certificate_of_an_unknown_authority(bench):
    refused(with_certificates(bench, "--ca", "stranger.pem"), 1, "peer_not_authenticated", "--ca")


def case_certificate_for_another_name(bench):
    refused(with_certificates(bench, "--ca", "ca.pem", "--remote-id", "other.example"), 1, "authent", "--remote-id|--id")


def case_certificate_without_its_key(bench):
    bench.authority("ca")
    bench.certificate("me", "ca", "me.example")
    refused(bench.run("ikectl", "connect", "127.0.0.1", "--cert", "me.pem", "--ca", "ca.pem"), 3, "without its private key", "--key")


def case_key_of_another_certificate(bench):
    bench.authority("ca")
    bench.certificate("me", "ca", "me.example")
    refused(bench.run("ikectl", "connect", "127.0.0.1", "--cert", "me.pem", "--key", "ca.key", "--ca", "ca.pem"), 3,
            "is not the key of")


def case_silent_gateway(bench):
    """A port that somebody holds and never answers from."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        port = str(silent.getsockname()[1])
        bench.write("p.yaml", "timers: {retransmit_initial: 50ms, retransmit_attempts: 3}\n")
        refused(bench.run("ikectl", "connect", "127.0.0.1", "--port", port, "--peer", "p.yaml", "--id", "me", "--psk-file", "psk"), 1,
                "peer_silent", "firewall")
        refused(bench.run("ikectl", "connect", "127.0.0.1", "--port", port, "--timeout", "0.5", "--id", "me", "--psk-file", "psk"), 1,
                "not up after 0.5 s", "--timeout")


def case_no_proposal_in_common(bench):
    gateway = bench.serve("--proposal", "aes128-sha256-modp2048")
    refused(bench.connect(gateway, "--once", "--proposal", "aes256gcm16-prfsha384-x25519"), 1, "no_proposal_chosen", "--proposal")


def case_no_esp_proposal_in_common(bench):
    gateway = bench.serve("--esp-proposal", "aes128-sha256")
    refused(bench.connect(gateway, "--once", "--esp-proposal", "aes256gcm16"), 1, "no_proposal_chosen", "--esp-proposal")


def case_no_selectors_in_common(bench):
    gateway = bench.serve("--ts-local", "10.1.0.0/24")
    refused(bench.connect(gateway, "--once", "--ts-remote", "10.2.0.0/24"), 1, "ts_unacceptable", "--ts-remote")


def unprivileged(bench):
    """The tools where a user without rights finds them."""
    user = nobody()
    if user is not None:
        shutil.copy(bench.tools / "ikectl", bench.folder / "ikectl")
        os.chmod(bench.folder, 0o755)
        os.chmod(bench.folder / "ikectl", 0o755)
        bench.tools = bench.folder
    return user


def case_no_permission_for_port_500(bench):
    with open("/proc/sys/net/ipv4/ip_unprivileged_port_start") as first:
        if int(first.read()) <= 500:
            raise Skip("every user may have port 500 on this machine")
    refused(bench.run("ikectl", "serve", "--local", "127.0.0.77", "--id", "gw", "--psk-file", "psk", user=unprivileged(bench)), 3,
            r"127\.0\.0\.77:500: Permission denied", "root or CAP_NET_BIND_SERVICE", "--port")


def case_no_permission_for_tun(bench):
    refused(bench.run("ikectl", "serve", "--local", "127.0.0.1", "--port", "0", "--tun", "--id", "gw", "--psk-file", "psk",
                      user=unprivileged(bench)), 3, "TUN device", "root or CAP_NET_ADMIN|without --tun")


def case_no_esp_in_the_kernel(bench):
    """Or no right to it: either way a user without rights gets none."""
    user = unprivileged(bench)
    refused(bench.run("ikectl", "serve", "--local", "127.0.0.1", "--port", "0", "--dataplane", "kernel", "--id", "gw", "--psk-file", "psk",
                      user=user), 3, "ESP in the kernel", "--dataplane user")


def case_port_in_use(bench):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = str(other.getsockname()[1])
        refused(bench.run("ikectl", "serve", "--local", "127.0.0.1", "--port", port, "--id", "gw", "--psk-file", "psk"), 3,
                f"127.0.0.1:{port}: Address already in use", "another IKE service")


def case_key_log_where_there_is_no_folder(bench):
    refused(bench.run("ikectl", "serve", "--local", "127.0.0.1", "--port", "0", "--id", "gw", "--psk-file", "psk",
                      "--keylog", "no/such/folder"), 3, "no/such/folder", "--keylog")


def case_capture_where_there_is_no_folder(bench):
    outcome = bench.run("ikectl", "serve", "--local", "127.0.0.1", "--port", "0", "--id", "gw", "--psk-file", "psk",
                        "--capture", "no/such/file.pcapng")
    assert outcome.returncode == 3 and "no/such/file.pcapng" in outcome.stderr, outcome.stderr


def case_status_of_nobody(bench):
    refused(bench.run("ikectl", "status", "--control", "nobody.sock"), 3, "nobody.sock: No such file", "ikectl serve")


def case_control_socket_in_use(bench):
    gateway = bench.serve()
    refused(bench.run("ikectl", "serve", "--local", "127.0.0.1", "--port", "0", "--id", "gw", "--psk-file", "psk",
                      "--control", "gateway.sock"), 3, "gateway.sock", "another")
    assert gateway.poll() is None


def case_scenario_with_an_unknown_step(bench):
    bench.write("s.yaml", "hosts:\n  a: {gateway: 127.0.0.1, id: me, psk: x}\nsteps:\n  - initiat: a\n")
    refused(bench.run("ikectl", "run", "s.yaml"), 3, r"s\.yaml:4: initiat: no such key", "did you mean initiate")


def case_scenario_with_an_unknown_host(bench):
    bench.write("s.yaml", "hosts:\n  a: {gateway: 127.0.0.1, id: me, psk: x}\nsteps:\n  - ping: b\n")
    refused(bench.run("ikectl", "run", "s.yaml"), 3, r"s\.yaml:4: ping: there is no host b", "hosts are: a")


def case_responder_survives_garbage(bench):
    gateway = bench.serve()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for port in (int(gateway.ports[1]), int(gateway.ports[3])):
            for size in (0, 1, 3, 4, 27, 28, 29, 600, 1400):
                sender.sendto(bytes(size), ("127.0.0.1", port))
                sender.sendto(os.urandom(size), ("127.0.0.1", port))
    good(bench.connect(gateway, "--once"))
    assert bench.interrupt(gateway) == 0


if __name__ == "__main__":
    main(globals())
