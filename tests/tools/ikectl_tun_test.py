#!/usr/bin/env python3
"""Inner packets of the kernel's own ping through TUN devices, between two network namespaces (root).

usage: ikectl_tun_test.py TOOLS-FOLDER CASE
"""
import os
import pathlib
import re
import shutil
import subprocess

from live import Skip, main


class Net:
    """Two namespaces and a link between them, gone at the end."""

    def __init__(self, bench):
        if os.geteuid() != 0 or not shutil.which("ip") or not shutil.which("ping"):
            raise Skip("needs root, ip and ping")
        self.bench = bench
        self.names = {side: f"ctl-{os.getpid()}-{side}" for side in ("gw", "cl")}

    def __enter__(self):
        for name in self.names.values():
            self.ip("netns", "add", name)
        gw, cl = self.names["gw"], self.names["cl"]
        self.ip("link", "add", "up0", "netns", gw, "type", "veth", "peer", "name", "up0", "netns", cl)
        for name, host in ((gw, 1), (cl, 2)):
            self.ip("-n", name, "link", "set", "lo", "up")
            self.ip("-n", name, "link", "set", "up0", "up")
            self.ip("-n", name, "addr", "add", f"192.0.2.{host}/24", "dev", "up0")
            self.ip("-n", name, "addr", "add", f"2001:db8::{host}/64", "dev", "up0", "nodad")
        # A second address of the client's, to move to.
        self.ip("-n", cl, "addr", "add", "192.0.2.3/24", "dev", "up0")
        return self

    def __exit__(self, *_):
        for process in self.bench.started:
            if process.poll() is None:
                process.kill()
                process.wait()
        for name in self.names.values():
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)

    def ip(self, *arguments):
        try:
            subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)
        except subprocess.CalledProcessError as why:
            raise Skip(f"ip {' '.join(arguments)}: {why.stderr.strip()}") from why

    def start(self, side, *arguments):
        tools = self.bench.tools
        try:
            self.bench.tools = pathlib.Path(shutil.which("ip")).parent
            return self.bench.start("ip", "netns", "exec", self.names[side], str(tools / "ikectl"), *arguments)
        finally:
            self.bench.tools = tools

    def ping(self, side, *arguments):
        return subprocess.run(["ip", "netns", "exec", self.names[side], "ping", "-i", "0.2", *arguments],
                              capture_output=True, text=True, timeout=60)


def tunnel(net, gateway_address, serve=(), connect=()):
    gateway = net.start("gw", "serve", "--local", gateway_address, "--id", "gw.example", "--psk-file", "psk",
                        "--control", "gateway.sock", "--tun=gwtun", *serve)
    net.bench.wait_for(gateway, "ports 500 and 4500")
    client = net.start("cl", "connect", gateway_address, "--id", "me.example", "--psk-file", "psk",
                       "--control", "client.sock", "--tun=cltun", *connect)
    net.bench.wait_for(client, "Child SA 1 established")
    return gateway, client


def received(outcome):
    return int(re.search(r"(\d+) received", outcome.stdout).group(1))


def case_ping_through_a_split_tunnel(bench):
    with Net(bench) as net:
        gateway, client = tunnel(net, "192.0.2.1", ["--ts-local", "10.99.0.0/24"],
                                 ["--ts-local", "10.98.0.7", "--ts-remote", "10.99.0.0/24"])
        outcome = net.ping("cl", "-c", "3", "10.99.0.1")
        assert received(outcome) == 3, outcome.stdout + outcome.stderr + client.output.read_text()
        # And from the gateway's side.
        assert received(net.ping("gw", "-c", "3", "10.98.0.7")) == 3
        # Large packets too: the device's MTU leaves room for ESP.
        assert received(net.ping("cl", "-c", "2", "-s", "1300", "-M", "do", "10.99.0.1")) == 2
        status = bench.run("ikectl", "status", "--control", "client.sock").stdout
        assert "ESP native" in status, status
        assert bench.interrupt(client) == 0
        bench.wait_for(gateway, "the peer deleted the IKE SA")
        rules = subprocess.run(["ip", "-n", net.names["cl"], "rule"], capture_output=True, text=True).stdout
        assert "0x494b" not in rules, f"a rule is left: {rules}"


def case_everything_through_the_tunnel(bench):
    with Net(bench) as net:
        _, client = tunnel(net, "192.0.2.1", ["--ts-local", "0.0.0.0/0"], ["--ts-local", "10.98.0.7", "--ts-remote", "0.0.0.0/0"])
        # The gateway's own outer address, too, is reached inside.
        outcome = net.ping("cl", "-c", "3", "192.0.2.1")
        assert received(outcome) == 3, outcome.stdout + client.output.read_text()
        status = bench.run("ikectl", "status", "--control", "client.sock").stdout
        assert re.search(r"[3-9] packets, \d+ octets in", status), status


def case_ipv6_inside_and_outside(bench):
    with Net(bench) as net:
        _, client = tunnel(net, "2001:db8::1", ["--ts-local", "fd99::/64,10.99.0.0/24"],
                           ["--ts-local", "fd98::7,10.98.0.7", "--ts-remote", "fd99::/64,10.99.0.0/24"])
        outcome = net.ping("cl", "-c", "3", "fd99::1")
        assert received(outcome) == 3, outcome.stdout + outcome.stderr + client.output.read_text()
        assert received(net.ping("cl", "-c", "3", "10.99.0.1")) == 3


def case_an_address_that_goes_moves_the_tunnel(bench):
    with Net(bench) as net:
        _, client = tunnel(net, "192.0.2.1", ["--ts-local", "10.99.0.0/24"],
                           ["--ts-local", "10.98.0.7", "--ts-remote", "10.99.0.0/24"])
        assert received(net.ping("cl", "-c", "2", "10.99.0.1")) == 2
        net.ip("-n", net.names["cl"], "addr", "add", "192.0.2.66/24", "dev", "up0")
        # Its secondary address becomes the one.
        subprocess.run(["ip", "netns", "exec", net.names["cl"], "sysctl", "-q", "net.ipv4.conf.all.promote_secondaries=1"], check=True)
        net.ip("-n", net.names["cl"], "addr", "del", "192.0.2.2/24", "dev", "up0")
        bench.wait_for(client, "IKE SA 1 moved by us")
        assert received(net.ping("cl", "-c", "3", "10.99.0.1")) == 3


if __name__ == "__main__":
    main(globals())
