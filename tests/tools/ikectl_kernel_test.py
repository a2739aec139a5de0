#!/usr/bin/env python3
"""ikectl --dataplane kernel in a virtual machine whose kernel has ESP, against our ESP in user space outside (root).

The machine is the one that tests/interop/vm builds; without its image there is nothing to test here.

usage: ikectl_kernel_test.py TOOLS-FOLDER CASE
"""
import os
import pathlib
import re
import shutil
import subprocess

from live import Skip, main

HERE = pathlib.Path(__file__).resolve().parent
IMAGES = pathlib.Path(os.environ.get("VM_CACHE") or pathlib.Path(os.environ.get("LAB_ROOTS", "/var/tmp/ike-lab-roots")) / "vm")
NETWORK = """for i in 1 2 3 4 5 6 7 8 9 10; do [ -e /sys/class/net/eth0 ] && break; sleep 0.2; done
ip link set eth0 up
ip addr add 192.0.2.2/24 dev eth0
modprobe dummy
ip link add inner type dummy && ip link set inner up && ip addr add 10.98.0.7/32 dev inner
"""


class Machine:
    """A machine with ikectl in it, joined by a link to a namespace that has our gateway."""

    def __init__(self, bench):
        needed = ["ip", "qemu-system-x86_64", "cpio", "ldd", "strip"]
        if os.geteuid() != 0 or any(not shutil.which(tool) for tool in needed):
            raise Skip(f"needs root and {', '.join(needed)}")
        if not (IMAGES / "image.cpio").exists():
            raise Skip(f"there is no {IMAGES}/image.cpio: tests/interop/vm/build makes it")
        self.bench, self.name = bench, f"ctl-{os.getpid()}-vm"
        self.state = bench.folder / "vm-gateway"
        self.state.mkdir()

    def sh(self, command, **options):
        return subprocess.run(command, shell=True, check=True, capture_output=True, cwd=self.bench.folder, **options)

    def payload(self):
        """An archive with ikectl, its libraries and the network's set-up."""
        lib = self.bench.folder / "payload/opt/lib"
        lib.mkdir(parents=True)
        binary = self.bench.folder / "payload/opt/ikectl"
        shutil.copy(self.bench.tools / "ikectl", binary)
        self.sh(f"strip {binary}")
        for library in re.findall(r"=> (/\S+)", self.sh(f"ldd {binary}", text=True).stdout):
            shutil.copy(library, lib)
        shutil.copy(self.bench.folder / "psk", self.bench.folder / "payload/opt/psk")
        (self.bench.folder / "payload/lab").mkdir()
        self.bench.write("payload/lab/network", NETWORK)
        self.sh("(cd payload && find . | cpio --quiet -o -H newc -R 0:0) >payload.cpio && "
                f"cat {IMAGES}/image.cpio payload.cpio >initrd")

    def __enter__(self):
        self.payload()
        try:
            self.sh(f"ip netns add {self.name} && ip -n {self.name} link set lo up && "
                    f"ip -n {self.name} tuntap add tap0 mode tap vnet_hdr && ip -n {self.name} link set tap0 up && "
                    f"ip -n {self.name} addr add 192.0.2.1/24 dev tap0")
        except subprocess.CalledProcessError as why:
            raise Skip(f"no namespace: {why.stderr.decode().strip()}") from why
        self.sh(f"ip netns exec {self.name} qemu-system-x86_64 -accel tcg,thread=multi,tb-size=128 -cpu max -machine q35 "
                "-smp 1 -m 400 -nodefaults -no-user-config -display none -no-reboot -pidfile qemu.pid -daemonize "
                f"-kernel {IMAGES}/vmlinuz -initrd initrd "
                "-append 'console=ttyS0 panic=-1 mitigations=off random.trust_cpu=on loglevel=4 net.ifnames=0' "
                "-serial file:console.log -netdev tap,id=n1,ifname=tap0,script=no,downscript=no "
                "-device virtio-net-pci,netdev=n1,romfile= -device virtio-rng-pci -device virtio-serial-pci "
                "-chardev socket,id=shell,path=vm-gateway/shell.sock,server=on,wait=off "
                "-device virtserialport,chardev=shell,name=lab.shell")
        self.inside("true")
        return self

    def __exit__(self, *_):
        pid = self.bench.folder / "qemu.pid"
        if pid.exists():
            subprocess.run(["kill", pid.read_text().strip()], check=False)
        for process in self.bench.started:
            process.kill()
            process.wait()
        subprocess.run(["ip", "netns", "del", self.name], check=False, capture_output=True)

    def inside(self, command):
        """What the command said in the machine."""
        environment = {**os.environ, "LAB_STATE": str(self.bench.folder), "VM_TIMEOUT": "150", "VM_WAIT": "150"}
        done = subprocess.run([HERE.parent / "interop/vm/run-in-vm", "gateway", "-n", f"export LD_LIBRARY_PATH=/opt/lib; {command}"],
                              capture_output=True, text=True, env=environment, timeout=300, stdin=subprocess.DEVNULL)
        return done.stdout + done.stderr

    def gateway(self):
        tools = self.bench.tools
        try:
            self.bench.tools = pathlib.Path(shutil.which("ip")).parent
            process = self.bench.start("ip", "netns", "exec", self.name, str(tools / "ikectl"), "serve", "--local", "192.0.2.1",
                                       "--id", "gw.example", "--psk-file", "psk", "--ts-local", "10.99.0.0/24", "--tun=gwtun",
                                       "--control", "gateway.sock")
        finally:
            self.bench.tools = tools
        self.bench.wait_for(process, "ports 500 and 4500")
        return process

    def connect(self, profile):
        text = "gateway: 192.0.2.1\\nid: me.example\\npsk_file: /opt/psk\\nts_local: 10.98.0.7\\nts_remote: 10.99.0.0/24\\n" + profile
        return self.inside(f"printf '{text}' >/tmp/p.yaml; "
                           "(/opt/ikectl connect --peer /tmp/p.yaml --dataplane kernel --control /tmp/c.sock >/tmp/c.log 2>&1 &); "
                           "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do grep -q 'Child SA 1 established' /tmp/c.log && break; sleep 1; done; "
                           "ip route replace 10.99.0.0/24 dev eth0 src 10.98.0.7; cat /tmp/c.log")

    def ping(self, count=10):
        said = self.inside(f"ping -q -c {count} -i 0.3 -I 10.98.0.7 10.99.0.1")
        return int(re.search(r"(\d+) received", said).group(1)), said


def case_states_follow_rekeys_and_moves_and_are_gone_at_the_end(bench):
    with Machine(bench) as machine:
        gateway = machine.gateway()
        said = machine.connect("")
        assert "Child SA 1 established" in said, said
        received, text = machine.ping()
        assert received == 10, text
        states = machine.inside("ip xfrm state")
        assert states.count("proto esp") == 2 and "encap" not in states, states
        spis = set(re.findall(r"spi (0x[0-9a-f]+)", states))
        machine.inside("ip addr add 192.0.2.3/24 dev eth0; sysctl -qw net.ipv4.conf.all.promote_secondaries=1; "
                       "ip addr del 192.0.2.2/24 dev eth0; ip route replace 10.99.0.0/24 dev eth0 src 10.98.0.7; sleep 5")
        bench.wait_for(gateway, "moved by the peer")
        moved = machine.inside("ip xfrm state")
        assert set(re.findall(r"spi (0x[0-9a-f]+)", moved)) == spis, f"other SPIs: {moved}"
        assert "src 192.0.2.3 dst 192.0.2.1" in moved and "192.0.2.2" not in moved, moved
        assert re.search(r"oseq 0x[1-9a-f]", moved), f"the sequence numbers began anew: {moved}"
        received, text = machine.ping()
        assert received == 10, text
        machine.inside("kill -INT $(pidof ikectl); sleep 3")
        bench.wait_for(gateway, "the peer deleted the IKE SA")
        assert machine.inside("ip xfrm state; ip xfrm policy") == "", "states or policies are left"


def case_esp_in_udp_with_esn_survives_rekeys_under_traffic(bench):
    with Machine(bench) as machine:
        gateway = machine.gateway()
        said = machine.connect("encapsulation: always\\nesp_proposals: aes256-sha256-esn\\ntimers: {child_rekey: 3s, ike_rekey: 5s}\\n")
        assert "Child SA 1 established" in said, said
        received, text = machine.ping(40)
        assert received == 40, text
        states = machine.inside("ip xfrm state")
        assert "espinudp" in states and "esn" in states, states
        bench.wait_for(gateway, "Child SA 1 rekeyed by the peer")
        bench.wait_for(gateway, "IKE SA 1 rekeyed by the peer")


if __name__ == "__main__":
    main(globals())
