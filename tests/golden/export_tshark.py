#!/usr/bin/env python3
"""What ikedump writes of a capture is read by tshark: opened messages, inner packets, exported keys.

usage: export_tshark.py IKEDUMP FOLDER   FOLDER holds NAME.pcap with NAME.log, the keys
Exit: 0 as wanted, 1 not, 77 tshark is missing (ctest: skipped).
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile


def tshark(capture, *flags, config=None, fields=()):
    command = ["tshark", "-n", "-r", str(capture), "-T", "fields", "-E", "aggregator=;", "-E", "separator=|", *flags]
    for field in fields:
        command += ["-e", field]
    environment = dict(os.environ)
    environment["WIRESHARK_CONFIG_DIR"] = str(config or tempfile.gettempdir())
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    return [line.split("|") for line in done.stdout.splitlines()]


def packets(tool, *arguments):
    done = subprocess.run([tool, "--json", *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{arguments}: exit {done.returncode}: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def payload_types(payloads):
    """Payload types in order, SK itself left out: what a message with SK opened shows."""
    for payload in payloads:
        if payload["type"] in ("SK", "SKF"):
            yield from payload_types(payload.get("payloads", []))
        else:
            yield payload["type_id"]


def complaints(tool, capture, folder):
    plain, inner, keys = folder / "plain.pcapng", folder / "inner.pcapng", folder / "keys"
    seen = packets(tool, "--keys", capture.with_suffix(".log"), "--write-plain", plain, "-w", inner,
                   "--export-keys", keys, capture)
    ike = [each for each in seen if each["kind"] == "ike"]
    esp = [each for each in seen if each["kind"] == "esp" and each["decrypted"]]
    opened = tshark(plain, "-Y", "isakmp", fields=("isakmp.typepayload", "_ws.malformed"))
    wanted = [list(payload_types(each["payloads"])) for each in ike]
    # Proposals and transforms are payloads 2 and 3 to tshark.
    found = [[int(each) for each in types.split(";") if each not in ("2", "3", "")] for types, _ in opened]
    if found != wanted:
        yield f"opened messages: {found}, ikedump has {wanted}"
    if any(malformed for _, malformed in opened):
        yield "tshark calls an opened message malformed"
    addresses = [f"{each['inner']['src']}>{each['inner']['dst']}" for each in esp]
    if [f"{a}>{b}" for a, b in tshark(inner, fields=("ip.src", "ip.dst"))] != addresses:
        yield "inner packets differ"
    # An exported key log opens as much as the log did, and Wireshark's tables open it for tshark.
    again = packets(tool, "--keys", keys, capture)
    if [each.get("decrypted") for each in again] != [each.get("decrypted") for each in seen]:
        yield "exported keys open less"
    decrypt = ("-o", "esp.enable_encryption_decode:TRUE")
    theirs = tshark(capture, *decrypt, "-Y", "esp", config=keys, fields=("ip.src", "ip.dst"))
    if [f"{a.split(';')[-1]}>{b.split(';')[-1]}" for a, b in theirs] != addresses:
        yield f"tshark with exported keys has {theirs}"
    if (keys / "ike.keys").stat().st_mode & 0o077:
        yield "others may read the exported keys"
    yield from anonymous_complaints(tool, capture, folder, seen)


def anonymous_complaints(tool, capture, folder, seen):
    """A capture made anonymous reads like the real one, with none of its secrets, names and addresses."""
    made = folder / "anonymous.pcapng"
    packets(tool, "--keys", capture.with_suffix(".log"), "--anonymise", made, capture)
    again = packets(tool, "--keys", f"{made}.keys", made)
    for key in ("kind", "exchange", "message_id", "spi", "seq", "ispi", "decrypted", "integrity", "response_to"):
        if [each.get(key) for each in again] != [each.get(key) for each in seen]:
            yield f"anonymous: {key} differs"
    for mine, real in zip(again, seen):
        if real["kind"] == "ike" and list(payload_types(mine["payloads"])) != list(payload_types(real["payloads"])):
            yield f"anonymous: payloads of frame {real['frame']} differ"
    text = json.dumps(again) + "".join(path.read_text() for path in pathlib.Path(f"{made}.keys").iterdir())
    log = capture.with_suffix(".log").read_text()
    names = {"example.test", "carol", "client@", "10.98.0.1", "10.99.0.2"}
    secrets = {"".join(line.split(": ", 1)[1][:47].split()).lower() for line in log.splitlines() if ":    0: " in line}
    for each in names | {secret for secret in secrets if len(secret) == 32}:
        if each in text:
            yield f"anonymous: {each} is still there"
    decrypt = ("-o", "esp.enable_encryption_decode:TRUE", "-o", "ip.check_checksum:TRUE")
    bad = tshark(made, *decrypt, "-Y", "_ws.malformed || ip.checksum.status == Bad || icmp.checksum.status == Bad",
                 config=f"{made}.keys", fields=("frame.number",))
    if bad:
        yield f"anonymous: tshark finds frames {bad} bad"


def main() -> int:
    tool, folder = sys.argv[1:]
    if not shutil.which("tshark"):
        print("tshark is missing")
        return 77
    bad = 0
    captures = sorted(pathlib.Path(folder).glob("strongswan-*.pcap"))
    for capture in captures:
        with tempfile.TemporaryDirectory() as scratch:
            for complaint in complaints(tool, capture, pathlib.Path(scratch)):
                print(f"{capture.name}: {complaint}")
                bad += 1
    print(f"{len(captures)} captures, {bad} complaints")
    return 1 if bad or not captures else 0


if __name__ == "__main__":
    sys.exit(main())
