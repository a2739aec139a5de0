#!/usr/bin/env python3
"""ikemtu on loopback, and through a router with a small link in namespaces (root).

usage: mtu_test.py TOOLS-FOLDER CASE
"""
import contextlib
import json
import os
import shutil
import subprocess

from live import Skip, good, main

CLIENT, GATEWAY = "10.9.1.2", "10.9.2.2"


def objects(outcome, kind):
    return [each for each in map(json.loads, outcome.stdout.splitlines()) if each["event"] == kind]


def sh(*words):
    subprocess.run(words, check=True, capture_output=True, text=True)


@contextlib.contextmanager
def narrow_path(bench, mtu=1500, rules="", back=None):
    """Client and gateway with a router between whose far link has that MTU, and its way back to the client that of `back`;
    `rules` for its nftables. Gives how to run there."""
    if os.geteuid() != 0:
        raise Skip("namespaces need root")
    if rules and not shutil.which("nft"):
        raise Skip("nft is not installed")
    client, router, gateway = (f"tools-mtu-{os.getpid()}-{role}" for role in ("client", "router", "gateway"))
    made = []
    try:
        for name in (client, router, gateway):
            probe = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True)
            if probe.returncode:
                raise Skip("no namespaces here: " + probe.stderr.strip())
            made.append(name)
            sh("ip", "-n", name, "link", "set", "lo", "up")
        for host, side, net in ((client, "near", "10.9.1"), (gateway, "far", "10.9.2")):
            sh("ip", "-n", host, "link", "add", "uplink", "type", "veth", "peer", "name", side, "netns", router)
            sh("ip", "-n", host, "addr", "add", f"{net}.2/24", "dev", "uplink")
            sh("ip", "-n", router, "addr", "add", f"{net}.1/24", "dev", side)
            sh("ip", "-n", host, "link", "set", "uplink", "up")
            sh("ip", "-n", router, "link", "set", side, "up")
            sh("ip", "-n", host, "route", "add", "default", "via", f"{net}.1")
        sh("ip", "netns", "exec", router, "sysctl", "-qw", "net.ipv4.ip_forward=1")
        sh("ip", "-n", router, "link", "set", "far", "mtu", str(mtu))
        if back:
            sh("ip", "-n", router, "route", "replace", "10.9.1.0/24", "dev", "near", "mtu", "lock", str(back))
        if rules:
            loaded = subprocess.run(["ip", "netns", "exec", router, "nft", rules], capture_output=True, text=True)
            if loaded.returncode:
                raise Skip("nft cannot do it here: " + loaded.stderr.splitlines()[0])
        tools = bench.tools
        process = bench.start("ikectl", "serve", "--local", GATEWAY, "--id", "gw.example", "--psk-file", "psk", "--control",
                              "gateway.sock", within=["ip", "netns", "exec", gateway])
        bench.wait_for(process, r"ports 500 and 4500")
        yield lambda *arguments: subprocess.run(
            ["ip", "netns", "exec", client, tools / "ikemtu", GATEWAY, "--id", "me.example", "--psk-file", "psk", "--json", *arguments],
            cwd=bench.folder, capture_output=True, text=True, timeout=150, stdin=subprocess.DEVNULL)
    finally:
        bench.stop()
        for name in made:
            subprocess.run(["ip", "netns", "del", name], capture_output=True)


def sizes(outcome):
    return {each["what"]: each for each in objects(outcome, "result")}


def case_loopback_takes_the_largest_tried(bench):
    gateway = bench.serve()
    outcome = good(bench.run("ikemtu", gateway.address, *gateway.ports, "--id", "me.example", "--psk-file", "psk", "--json"))
    found = sizes(outcome)
    assert set(found) == {"esp-out", "esp-back", "ike-out"}, found
    assert found["ike-out"]["ip_packet"] == 1500 and found["ike-out"]["datagram"] == 1472, found
    for each in found.values():
        assert each["state"] == "complete" and each["fails_ip_packet"] is None and each["ip_packet"] > 1496, each
    (summary,) = objects(outcome, "summary")
    assert summary["complete"] and summary["tcp_mss_v4"] == summary["inner_mtu"] - 40, summary


def case_cbc_pads_to_its_blocks(bench):
    gateway = bench.serve()
    outcome = good(bench.run("ikemtu", gateway.address, *gateway.ports, "--id", "me.example", "--psk-file", "psk", "--json",
                             "--proposal", "aes256-sha256-modp2048", "--esp-proposal", "aes128-sha256"))
    (summary,) = objects(outcome, "summary")
    # SPI, sequence number, IV, ICV: 40; the rest in blocks of 16, two octets of them trailer.
    outer = 28 if sizes(outcome)["esp-out"]["udp"] else 20
    assert summary["inner_mtu"] == (1500 - outer - 40) // 16 * 16 - 2, summary


def case_text_says_what_was_measured(bench):
    gateway = bench.serve()
    said = good(bench.run("ikemtu", gateway.address, *gateway.ports, "--id", "me.example", "--psk-file", "psk", "--esp-only")).stdout
    assert "ESP there and back" in said and "the path may take more" in said and "TCP MSS" in said, said
    assert "IKE to the gateway" not in said, said


def case_a_small_link_is_found_exactly(bench):
    with narrow_path(bench, 1380) as ikemtu:
        outcome = good(ikemtu())
        found = sizes(outcome)
        assert found["ike-out"]["ip_packet"] == 1380 and found["ike-out"]["fails_ip_packet"] == 1381, found
        assert found["esp-out"]["ip_packet"] == 1380 and found["esp-out"]["icmp_mtu"] == 1380, found
        assert found["esp-back"]["ip_packet"] == 1380, found
        assert any(each["reporter"] == "10.9.1.1" and each["mtu"] == 1380 for each in objects(outcome, "icmp")), outcome.stdout


def case_a_smaller_way_back_is_told_apart(bench):
    with narrow_path(bench, back=1404) as ikemtu:
        outcome = good(ikemtu("--esp-only"))
        found = sizes(outcome)
        assert 1496 < found["esp-out"]["ip_packet"] <= 1500, found
        # The gateway's packets may be fragmented: that they were shows that the size does not pass.
        assert 1400 < found["esp-back"]["ip_packet"] <= 1404, found
        assert found["esp-back"]["fragmented"] > 0, found


def case_a_black_hole_that_loses_packets_too_does_not_mislead(bench):
    rules = ("add table ip t; add chain ip t out { type filter hook output priority 0; }; "
             "add rule ip t out icmp type destination-unreachable drop; "
             "add chain ip t forward { type filter hook forward priority 0; }; "
             "add rule ip t forward numgen random mod 100 < 8 drop")
    with narrow_path(bench, 1400, rules) as ikemtu:
        outcome = good(ikemtu("--esp-only"))
        found = sizes(outcome)
        assert found["esp-out"]["ip_packet"] == 1400 and found["esp-back"]["ip_packet"] == 1400, found
        assert found["esp-out"]["icmp_mtu"] is None, found


if __name__ == "__main__":
    main(globals())
