#!/usr/bin/env python3
"""Sends UDP datagrams under an address that need not be ours, as somebody on the path could.

usage: inject.py --source ADDRESS:PORT [--port PORT] [--interval SECONDS] [CHANGE...] DESTINATION

Payloads come from standard input, hexadecimal, one a line. With --new-spi each is an IKE_SA_INIT request
that gets a new initiator's SPI and a new nonce; with --same-nonce a new SPI alone; --critical adds a payload of
a type that nobody knows, critical; --flip turns one bit of the last octet; --wrong-cookie sends each IKE_SA_INIT request again
after half a second, with a COOKIE that nobody gave. Only for the namespaces of the lab: needs a raw socket.
"""
import argparse
import os
import socket
import struct
import sys
import time

NONCE = 40


def renewed(payload, nonces=True):
    """With another SPI and, where the chain of payloads has one, another nonce."""
    data = bytearray(payload)
    data[0:8] = os.urandom(8)
    if not nonces:
        return bytes(data)
    kind, at = data[16], 28
    while kind and at + 4 <= len(data):
        following, length = data[at], struct.unpack_from("!H", data, at + 2)[0]
        if kind == NONCE:
            data[at + 4:at + length] = os.urandom(length - 4)
        kind, at = following, at + max(length, 4)
    return bytes(data)


def critical(payload):
    """A first payload of type 200 with the critical bit, RFC 7296 section 2.5."""
    data = bytearray(payload)
    unknown = struct.pack("!BBH", data[16], 0x80, 12) + b"stranger"
    data[16] = 200
    struct.pack_into("!I", data, 24, len(data) + len(unknown))
    return bytes(data[:28]) + unknown + bytes(data[28:])


def cookied(payload):
    """With a COOKIE in front, as RFC 7296 section 2.6 wants it, but of octets of our own."""
    data = bytearray(payload)
    cookie = struct.pack("!BBHBBH", data[16], 0, 8 + 24, 0, 0, 16390) + os.urandom(24)
    data[16] = 41
    struct.pack_into("!I", data, 24, len(data) + len(cookie))
    return bytes(data[:28]) + cookie + bytes(data[28:])


def flipped(payload):
    return payload[:-1] + bytes([payload[-1] ^ 1])


def packet(source, destination, payload):
    """IPv4 and UDP, without a UDP checksum (allowed, and what RFC 3948 asks for ESP)."""
    udp = struct.pack("!HHHH", source[1], destination[1], 8 + len(payload), 0) + payload
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 63, socket.IPPROTO_UDP, 0,
                         socket.inet_aton(source[0]), socket.inet_aton(destination[0]))
    return header + udp


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", required=True)
    parser.add_argument("--port", type=int, default=4500)
    parser.add_argument("--interval", type=float, default=0)
    for change in ("--new-spi", "--same-nonce", "--critical", "--flip", "--wrong-cookie"):
        parser.add_argument(change, action="store_true")
    parser.add_argument("destination")
    args = parser.parse_args()
    address, port = args.source.split(":")
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    for line in sys.stdin:
        payload = bytes.fromhex(line.strip())
        if args.new_spi or args.same_nonce:
            payload = renewed(payload, nonces=not args.same_nonce)
        if args.critical:
            payload = critical(payload)
        if args.flip:
            payload = flipped(payload)
        raw.sendto(packet((address, int(port)), (args.destination, args.port), payload), (args.destination, 0))
        if args.wrong_cookie:
            time.sleep(0.5)
            raw.sendto(packet((address, int(port)), (args.destination, args.port), cookied(payload)), (args.destination, 0))
        time.sleep(args.interval)


main()
