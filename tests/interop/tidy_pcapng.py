#!/usr/bin/env python3
"""A pcapng file with nothing but its interfaces and packets: no host, no comments, no statistics.

usage: tidy_pcapng.py IN OUT [--shift SECONDS]

--shift moves all times, as the clock of another machine would.
"""
import argparse
import struct

SECTION, INTERFACE, PACKET = 0x0A0D0D0A, 1, 6
NAME, RESOLUTION = 2, 9


def blocks(data):
    at = 0
    while at + 12 <= len(data):
        kind, length = struct.unpack_from("<II", data, at)
        yield kind, data[at + 8:at + length - 4]
        at += length


def options(data):
    at = 0
    while at + 4 <= len(data):
        code, length = struct.unpack_from("<HH", data, at)
        if code == 0:
            return
        yield code, data[at + 4:at + 4 + length]
        at += 4 + (length + 3) // 4 * 4


def pad(data):
    return data + bytes(-len(data) % 4)


def block(kind, body):
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("input")
    parser.add_argument("output")
    parser.add_argument("--shift", type=float, default=0)
    args = parser.parse_args()
    with open(args.input, "rb") as file:
        data = file.read()
    units, out = [], []
    for kind, body in blocks(data):
        if kind == SECTION:
            out.append(block(kind, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)))
        elif kind == INTERFACE:
            known = dict(options(body[8:]))
            units.append(10 ** known.get(RESOLUTION, b"\x06")[0])
            kept = b"".join(struct.pack("<HH", code, len(known[code])) + pad(known[code])
                            for code in (NAME, RESOLUTION) if code in known)
            out.append(block(kind, body[:8] + kept + bytes(4)))
        elif kind == PACKET:
            interface, high, low, captured, length = struct.unpack_from("<IIIII", body)
            time = (high << 32 | low) + round(args.shift * units[interface])
            out.append(block(kind, struct.pack("<IIIII", interface, time >> 32, time & 0xFFFFFFFF, captured, length) +
                             pad(body[20:20 + captured])))
    with open(args.output, "wb") as file:
        file.write(b"".join(out))


main()
