#!/usr/bin/env python3
"""No octet of a capture that has a meaning is shown as octets alone.

usage: explained.py IKEDUMP [CAPTURE...]   Without captures: those of the project and of IKE_CORPUS, with their keys.
Walks what ikedump --json says of each packet and counts octets for which it has no more than the octets: data of
notifications, attributes, vendor IDs, certificates, identities, EAP and payloads of unknown kind, and what could not be read.
By nature octets alone: nonces, public values, signatures, hashes, cookies, tickets, and what is encrypted. What remains is
listed in unexplained.txt, with the reason. Exit: 0 nothing else, 1 something, 77 there are no captures.
"""
import collections
import json
import os
import pathlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEAD = {"type", "type_id", "critical", "offset", "length", "reserved", "data", "payloads", "error"}
# Whole payloads that are a random or computed value, of IKEv2 and of version 1.
VALUES = {"Nonce", "NONCE", "HASH", "SIG", "SK", "SKF", "NAT-D", "NAT-D (draft)", "NAT-OA", "SA KEK", "SAK"}
# Notifications whose data is one.
VALUE_NOTIFIES = {"COOKIE", "COOKIE2", "NAT_DETECTION_SOURCE_IP", "NAT_DETECTION_DESTINATION_IP", "TICKET_OPAQUE",
                  "QUICK_CRASH_DETECTION", "PUZZLE", "ADDITIONAL_KEY_EXCHANGE"}
NOTIFY_HEAD = HEAD | {"notify", "notify_type", "protocol", "protocol_id", "spi", "doi", "doi_id"}


def octets(text):
    return len(text) // 2 if isinstance(text, str) else 0


def of_payload(payload):
    """(what, octets) for each part of a payload that nothing is said of."""
    kind, size, keys = payload.get("type", "?"), octets(payload.get("data")), set(payload)
    if payload.get("error"):
        yield f"{kind}: {payload['error']['reason']}", max(size, 1)
    elif kind in ("Notify", "N"):
        name = payload["notify"]
        if size and not keys - NOTIFY_HEAD and name not in VALUE_NOTIFIES:
            yield f"notification {name}", size
        if "UNASSIGNED" in name or name.startswith("PRIVATE USE") and ":" not in name:
            yield f"notification {name} without a name", max(size, 1)
    elif kind in ("Vendor ID", "VID"):
        if "vendor" not in payload:
            yield f"vendor ID {payload['data']}", size
    elif kind in ("KE", "AUTH", "IDi", "IDr", "ID", "CERTREQ", "CR", "Delete", "D", "SA", "TSi", "TSr", "CP", "EAP", "CERT"):
        yield from of_known(kind, payload, size)
    elif kind == "FRAG":
        if size and "fragment" not in payload:
            yield "FRAG", size
    elif kind not in VALUES and size:
        yield f"payload {kind}", size


def of_known(kind, payload, size):
    said = {"KE": ("group",), "AUTH": ("method",), "CERT": ("subject", "url", "hash"), "EAP": ("code",), "CR": ("authority",)}
    if kind in said and size and kind != "KE" and not any(word in payload for word in said[kind]):
        yield f"{kind} of encoding {payload.get('encoding')}", size
    if kind in ("IDi", "IDr", "ID") and size and "id" not in payload:
        yield f"{kind} of type {payload.get('id_type')}", size
    if kind == "CERTREQ" and size:
        yield f"{kind} of encoding {payload.get('encoding')}", size
    if kind == "EAP":
        if size:
            yield f"EAP {payload.get('method')}", size
        if "unreadable" in payload:
            yield f"EAP {payload.get('method')}: {payload['unreadable']}", 1
    for each in payload.get("attributes", []):
        yield from of_attribute(each)
    for proposal in payload.get("proposals", []):
        for transform in proposal.get("transforms", []):
            yield from of_transform(transform)
    for selector in payload.get("selectors", []):
        if "text" not in selector:
            yield "selector", octets(selector.get("data"))


def of_attribute(each):
    said = set(each) - {"type", "type_id", "value", "reserved_bit", "critical"}
    if octets(each.get("value")) and not said:
        yield f"attribute {each['type']}", octets(each["value"])


def of_transform(transform):
    if "UNASSIGNED" in str(transform.get("name")) and not transform.get("type_id"):
        yield f"transform {transform['name']}", 1
    for each in transform.get("attributes", []):
        if isinstance(each.get("value"), str) and "name" not in each:
            yield f"transform attribute {each.get('type')}", octets(each["value"])


def walk(payloads):
    for payload in payloads:
        yield from of_payload(payload)
        yield from walk(payload.get("payloads", []))


def of_packet(packet):
    if packet.get("error"):
        yield f"packet: {packet['error']['reason']}", 1
    yield from walk(packet.get("payloads", []))
    dummy = packet.get("next_header") == 59
    if packet["kind"] == "esp" and packet.get("decrypted") and "inner" not in packet and not dummy:
        yield f"ESP's content, next header {packet.get('next_header')}", packet.get("length", 1)


def keys_of(capture):
    for each in (capture.parent / "keys", capture.with_name(f"{capture.name}.ikev2_decryption_table"),
                 capture.with_name(f"{capture.name}.esp_sa")):
        if each.exists():
            yield from ("--keys", str(each))


def look(tool, capture):
    done = subprocess.run([tool, "--json", *keys_of(capture), str(capture)], capture_output=True, text=True)
    found, total = collections.Counter(), 0
    for line in done.stdout.splitlines():
        packet = json.loads(line)
        total += 1
        for what, size in of_packet(packet):
            found[what] += size
    if done.returncode not in (0, 1):
        found[f"exit {done.returncode}: {done.stderr.strip()}"] += 1
    return total, found


def all_captures():
    folders = [ROOT / "captures"]
    if "IKE_CORPUS" in os.environ:
        folders.append(pathlib.Path(os.environ["IKE_CORPUS"]) / "captures")
    return [path for folder in folders for path in sorted(folder.rglob("*")) if path.suffix in (".pcap", ".pcapng", ".cap")]


def main() -> int:
    tool, captures = sys.argv[1], [pathlib.Path(each) for each in sys.argv[2:]] or all_captures()
    if not captures:
        print("there are no captures")
        return 77
    lines = (pathlib.Path(__file__).parent / "unexplained.txt").read_text().splitlines()
    known = tuple(line for line in lines if line and not line.startswith("#"))
    bad = excused = packets = 0
    with ThreadPoolExecutor(2) as pool:
        for capture, (total, found) in zip(captures, pool.map(lambda each: look(tool, each), captures)):
            packets += total
            name = f"{capture.parent.name}/{capture.name}"
            for what, size in found.items():
                if f"{name}: {what}".startswith(known):
                    excused += size
                    continue
                print(f"{name}: {what}: {size} octets")
                bad += size
    print(f"{len(captures)} captures, {packets} packets: {bad} octets without a meaning, {excused} more that are listed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
