#!/usr/bin/env python3
"""A capture made anonymous says the same as the real one, to us and to tshark, without what tells who it was.

usage: anonymise.py IKEDUMP [CASE...]   Without cases: some of captures/ that show what there is to hide.
For each: the packets of both are alike, field by field, but for names, addresses and octets; the diagnosis finds the same; no
octet of an original address, name or key is left, in packets opened or shut or in the keys; tshark opens as much.
Exit: 0 as wanted, 1 not, 77 there are no captures.
"""
import ipaddress
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASES = ["healthy-eap", "healthy-certificate", "healthy-v6-to-v4", "healthy-roam-nat", "kernel-native-roam", "gateway-gone",
         "libreswan-roam", "openiked-roam", "pmtu-ignored", "strongswan6-mlkem", "ikev1", "unknown-ca"]
TSHARK = ["healthy-eap", "kernel-native-roam", "openiked-roam"]
# What the anonymous capture may say otherwise: where a packet lies in a file, and verdicts on AUTH, which is not its own.
FREE = {"frame", "link", "checks", "repeats", "response_to", "answers", "retransmission_of", "findings", "interface",
        "key_hash", "unreadable", "differs_from", "vlan", "ttl", "fragment_of", "error"}
PLACEHOLDERS = {"0.0.0.0", "255.255.255.255", "::", "%any", "127.0.0.1", "::1", "255.255.255.0"}


def packets(tool, *arguments):
    done = subprocess.run([tool, "--json", *map(str, arguments)], capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{arguments}: exit {done.returncode}: {done.stderr}")
    return [each for each in map(json.loads, done.stdout.splitlines()) if each["kind"] != "other"]


def unlike(real, made, where, changed):
    """Where two packets differ in more than strings; strings that differ go to `changed`."""
    if isinstance(real, dict) and isinstance(made, dict):
        if set(real) - FREE != set(made) - FREE:
            yield f"{where}: {sorted(set(real) ^ set(made))}"
            return
        for key in set(real) - FREE:
            yield from unlike(real[key], made[key], f"{where}.{key}", changed)
    elif isinstance(real, list) and isinstance(made, list):
        if len(real) != len(made):
            yield f"{where}: {len(made)} of {len(real)}"
            return
        for index, (a, b) in enumerate(zip(real, made)):
            yield from unlike(a, b, f"{where}[{index}]", changed)
    elif isinstance(real, str) and isinstance(made, str):
        if real != made:
            changed.add((real, made))
    elif real != made:
        yield f"{where}: {made!r} for {real!r}"


def address(text):
    """The address that a string is, perhaps with a port or prefix length behind it."""
    for form in (text, text.rsplit(":", 1)[0].strip("[]"), text.split("/")[0]):
        try:
            return ipaddress.ip_address(form)
        except ValueError:
            continue
    return None


def needles(changed):
    """Octets that must be nowhere: (what, octets)."""
    addresses = {address(a): address(b) for a, b in changed if address(a) and address(b)}
    for real in addresses:
        # In a network of few hosts one pseudonym may be another's real address.
        if str(real) not in PLACEHOLDERS and real not in addresses.values() and real not in map(address, PLACEHOLDERS):
            yield str(real), real.packed
            yield str(real), re.compile(rb"(?<![0-9.])" + re.escape(str(real).encode()) + rb"(?![0-9.])")
    # Names of identities and certificates, whole and by their longer words.
    for real, _ in changed:
        if not address(real) and len(real) > 5 and not re.fullmatch(r"[0-9a-f]+", real):
            yield real, re.compile(re.escape(real.encode()) + rb"(?![0-9.])")
            yield from ((word, word.encode()) for word in re.findall(r"[A-Za-z]+\.example|example\.test|Stranger", real))


def secrets(folder):
    for path in folder.iterdir():
        for word in re.findall(r"\b(?:0x)?([0-9a-fA-F]{32,})\b", path.read_text()):
            yield "a key", bytes.fromhex(word[:32])
            yield "a key", word[:32].lower().encode()


def complaints(tool, name, scratch):
    case = ROOT / "captures" / name
    keys = ["--keys", case / "keys"] if (case / "keys").is_dir() else []
    capture, made = case / "client.pcapng", scratch / "made.pcapng"
    real = packets(tool, *keys, "--anonymise", made, capture)
    new_keys = ["--keys", f"{made}.keys"] if pathlib.Path(f"{made}.keys").is_dir() else []
    again = packets(tool, *new_keys, "--write-plain", scratch / "plain.pcapng", "-w", scratch / "inner.pcapng", made)
    if len(real) != len(again):
        yield f"{len(again)} packets of {len(real)}"
        return
    changed = set()
    for a, b in zip(real, again):
        yield from unlike(a, b, f"frame {a['frame']}", changed)
    left = b"".join(path.read_bytes() for path in scratch.glob("*.pcapng")) + json.dumps(again).encode()
    if new_keys:
        left += b"".join(path.read_bytes() for path in pathlib.Path(new_keys[1]).iterdir())
    hidden = list(needles(changed)) + (list(secrets(case / "keys")) if keys else [])
    if len(hidden) < 4:
        yield f"nothing to hide was found, which cannot be: {changed}"
    for what, octets in set(hidden):
        if octets.search(left) if isinstance(octets, re.Pattern) else octets in left:
            yield f"{what} is still there"
    first, second = findings(tool, *keys, capture), findings(tool, *new_keys, made)
    if first != second:
        yield f"diagnosed as {sorted(second)}, the real one as {sorted(first)}"
    if name in TSHARK and shutil.which("tshark"):
        yield from by_tshark(case, capture, pathlib.Path(f"{made}.keys"), made)


def findings(tool, *arguments):
    done = subprocess.run([tool, "--diagnose", "--json", *map(str, arguments)], capture_output=True, text=True)
    return {json.loads(line)["id"] for line in done.stdout.splitlines()}


def tshark(capture, keys):
    fields = ["isakmp.exchangetype", "isakmp.typepayload", "isakmp.notify.msgtype", "isakmp.id.type", "isakmp.eap.type",
              "esp.spi", "esp.sequence", "ip.proto", "ipv6.nxt", "icmp.type", "tcp.flags", "_ws.malformed"]
    command = ["tshark", "-n", "-r", str(capture), "-T", "fields", "-E", "separator=|", "-Y", "isakmp || esp || icmp",
               "-o", "esp.enable_encryption_decode:TRUE", "-o", "ip.check_checksum:TRUE"]
    for field in [*fields[:4], *fields[5:], "ip.checksum.status", "icmp.checksum.status"]:
        command += ["-e", field]
    environment = {**os.environ, "WIRESHARK_CONFIG_DIR": str(keys)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    return [comparable(line.split("|")) for line in done.stdout.splitlines()]


def comparable(fields):
    """Without what differs by intent: TLS inside EAP is noise, and of what ICMP errors quote only headers are left."""
    kinds = fields[1].split(",")
    quoted = fields[8].startswith("3")
    return [value for at, value in enumerate(fields)
            if not (at == 10 and "48" in kinds) and not (quoted and at in (1, 10))]


def by_tshark(case, capture, new_keys, made):
    real, again = tshark(capture, case / "keys"), tshark(made, new_keys)
    if len(real) != len(again):
        yield f"tshark has {len(again)} packets of {len(real)}"
    for number, (a, b) in enumerate(zip(real, again), 1):
        if a != b:
            yield f"tshark, packet {number}: {b}, of the real one {a}"
            return


def main() -> int:
    tool, cases = sys.argv[1], sys.argv[2:] or [each for each in CASES if (ROOT / "captures" / each).is_dir()]
    if not cases:
        return 77
    bad = 0
    for name in cases:
        with tempfile.TemporaryDirectory() as scratch:
            for complaint in complaints(tool, name, pathlib.Path(scratch)):
                print(f"{name}: {complaint}")
                bad += 1
    print(f"{len(cases)} captures, {bad} complaints")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
