#!/usr/bin/env python3
"""ikectl at work on loopback, both ends ours.

usage: ikectl_test.py TOOLS-FOLDER CASE
"""
import os
import re
import signal
import stat

from live import good, main


def case_psk_over_ipv4(bench):
    gateway = bench.serve()
    said = good(bench.connect(gateway, "--ping", "--count", "3", "--interval", "0.05")).stdout
    assert "IKE SA 1 established with gw.example" in said and "3 answered" in said, said
    bench.wait_for(gateway, "the peer deleted the IKE SA")
    assert bench.interrupt(gateway) == 0


def case_psk_over_ipv6(bench):
    gateway = bench.serve(local="::1")
    said = good(bench.connect(gateway, "--ping", "--count", "3", "--interval", "0.05")).stdout
    assert "3 answered" in said, said


def certificates(bench, kind):
    bench.authority("ca")
    bench.certificate("gw", "ca", "gw.example", kind)
    bench.certificate("me", "ca", "me.example", kind)
    gateway = bench.serve("--cert", "gw.pem", "--key", "gw.key", "--ca", "ca.pem", identity=None, secret=False)
    said = good(bench.connect(gateway, "--cert", "me.pem", "--key", "me.key", "--ca", "ca.pem", "--remote-id", "gw.example",
                              "--ping", "--count", "2", "--interval", "0.05", secret=False)).stdout
    assert "2 answered" in said, said
    bench.wait_for(gateway, "established with me.example")


def case_certificates_ecdsa(bench):
    certificates(bench, "ec")


def case_certificates_rsa(bench):
    certificates(bench, "rsa")


def case_certificates_ed25519(bench):
    certificates(bench, "ed25519")


def case_interrupt_deletes_on_both_sides(bench):
    gateway = bench.serve()
    client = bench.start("ikectl", "connect", gateway.address, *gateway.ports, "--id", "me.example", "--psk-file", "psk",
                         "--control", "client.sock")
    bench.wait_for(client, "Child SA 1 established")
    assert bench.interrupt(client) == 0
    assert "deleting" in client.output.read_text()
    bench.wait_for(gateway, "the peer deleted the IKE SA")
    assert "0 IKE SAs" in good(bench.run("ikectl", "status", "--control", "gateway.sock")).stdout


def case_gateway_that_ends_tells_its_client(bench):
    gateway = bench.serve()
    client = bench.start("ikectl", "connect", gateway.address, *gateway.ports, "--id", "me.example", "--psk-file", "psk",
                         "--control", "client.sock")
    bench.wait_for(client, "Child SA 1 established")
    assert bench.interrupt(gateway) == 0
    assert client.wait(timeout=60) == 1, "a tunnel that was lost is no success"
    assert "the peer deleted the IKE SA" in client.output.read_text()


def case_status_by_socket_and_by_signal(bench):
    gateway = bench.serve()
    client = bench.start("ikectl", "connect", gateway.address, *gateway.ports, "--id", "me.example", "--psk-file", "psk",
                         "--control", "client.sock", "--ping", "--interval", "0.02")
    bench.wait_for(client, "ping 3 from")
    text = good(bench.run("ikectl", "status", "--control", "gateway.sock")).stdout
    assert re.search(r"IKE SA 1: established as responder, peer me.example", text), text
    assert re.search(r"[1-9]\d* packets, \d+ octets in; [1-9]\d* packets", text), text
    objects = good(bench.run("ikectl", "status", "--json", "--control", "client.sock")).stdout
    assert '"state":"established"' in objects and '"mobike":true' in objects, objects
    client.send_signal(signal.SIGUSR1)
    bench.wait_for(client, "IKE SA 1: established as initiator, peer gw.example")
    assert stat.S_IMODE(os.stat(bench.folder / "gateway.sock").st_mode) == 0o600
    assert bench.interrupt(client) == 0


def case_several_peers_each_with_its_secret(bench):
    profiles = []
    for name in ("anna", "bert"):
        bench.write(f"{name}.psk", f"secret of {name}\n")
        bench.write(f"{name}.yaml", f"id: gw.example\nremote_id: {name}.example\npsk_file: {name}.psk\nport: 0\n")
        profiles += ["--peer", f"{name}.yaml"]
    gateway = bench.serve(*profiles, identity=None, secret=False)
    for name in ("anna", "bert"):
        good(bench.connect(gateway, "--once", "--psk-file", f"{name}.psk", identity=f"{name}.example", secret=False))
        bench.wait_for(gateway, f"established with {name}.example")
    wrong = bench.connect(gateway, "--once", "--psk-file", "anna.psk", identity="bert.example", secret=False)
    assert wrong.returncode == 1, wrong.stdout


def case_key_log_opens_the_capture(bench):
    gateway = bench.serve()
    good(bench.connect(gateway, "--ping", "--count", "3", "--interval", "0.05", "--keylog", "keys", "--capture", "run.pcapng"))
    shown = good(bench.run("ikedump", "--keys", "keys", "run.pcapng")).stdout
    assert "IDi" in shown and "AUTH" in shown and shown.count("echo request") == 3, shown
    for name in ("ike.keys", "ikev2_decryption_table", "esp_sa"):
        assert stat.S_IMODE(os.stat(bench.folder / "keys" / name).st_mode) == 0o600, name


def case_a_seed_repeats_spis_and_keys(bench):
    bench.write("twice.yaml", """hosts:
  gateway: {role: responder, local: 127.0.0.1, id: gw.example, psk: secret}
  client: {gateway: gateway, local: 127.0.0.1, id: me.example, psk: secret, encapsulation: always}
steps: [{initiate: client}, {delete: client}]
""")
    found = []
    for folder in ("one", "two", "other"):
        seed = "8" if folder == "other" else "7"
        good(bench.run("ikectl", "run", "--seed", seed, "--keylog", folder, "twice.yaml"))
        lines = (bench.folder / folder / "ike.keys").read_text().splitlines()
        # NAT detection and ports are not part of the keys; both hosts log the same.
        found.append(sorted(lines))
    assert found[0] == found[1] and found[0] != found[2], found


def case_json_is_one_object_a_line(bench):
    gateway = bench.serve()
    said = good(bench.connect(gateway, "--json", "--verbose", "--ping", "--count", "1")).stdout
    kinds = []
    for line in said.splitlines():
        assert line.startswith('{"event":"') and line.endswith("}"), line
        kinds.append(line.split('"')[3])
    for wanted in ("ike_state", "ike_established", "child_established", "message", "exchange_done", "ping", "ping_summary"):
        assert wanted in kinds, f"{wanted} is not among {kinds}"


def case_a_failed_expectation_names_file_step_and_difference(bench):
    bench.write("wrong.yaml", """hosts:
  gateway: {role: responder, local: 127.0.0.1, id: gw.example, psk: secret}
  client: {gateway: gateway, local: 127.0.0.1, id: me.example, psk: secret}
steps:
  - initiate: client
  - expect: {event: ike_established, with: {mobike: false}, within: 200ms}
""")
    outcome = bench.run("ikectl", "run", "wrong.yaml", "--json")
    assert outcome.returncode == 1, outcome.stdout
    assert re.search(r"wrong\.yaml:6: step 2 \(expect\): .*mobike is true, wanted false", outcome.stderr), outcome.stderr
    verdict = outcome.stdout.splitlines()[-1]
    assert '"event":"verdict"' in verdict and '"passed":false' in verdict and '"failed_step":2' in verdict, verdict


if __name__ == "__main__":
    main(globals())
